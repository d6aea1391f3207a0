import { UvEnvironmentProvider } from '../../src/environment/uv/uv-environment.ts';
import { describeProvider } from './provider-contract.ts';

describeProvider({
  name: 'UvEnvironmentProvider',
  module: 'uv-environment',
  make: (options) => new UvEnvironmentProvider(options),
});
