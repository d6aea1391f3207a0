import { VenvEnvironmentProvider } from '../../src/environment/venv/venv-environment.ts';
import { describeProvider } from './provider-contract.ts';

describeProvider({
  name: 'VenvEnvironmentProvider',
  module: 'venv-environment',
  make: (options) => new VenvEnvironmentProvider(options),
});
