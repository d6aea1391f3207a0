import { describeProvider } from './provider-contract.ts';

describeProvider('uv');
