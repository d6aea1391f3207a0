import { describeProvider } from './provider-contract.ts';

describeProvider('venv');
