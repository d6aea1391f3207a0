import { type SdkFiles, sdkFolder } from '../sdk-folder.ts';

const NODE_SDK: SdkFiles = {
  language: 'TypeScript',
  package: '@bulkhead/plugin-sdk',
  inside: 'dist',
  name: 'plugin-sdk',
  bootstrap: 'bootstrap.js',
  variable: 'BULKHEAD_NODE_SDK',
  option: 'nodeSdk',
};

/** The folder that holds `plugin-sdk`. @throws BulkheadError `SDK_NOT_FOUND` */
export function nodeSdkFolder(variables: NodeJS.ProcessEnv, given?: string): string {
  return sdkFolder(NODE_SDK, variables, given);
}
