import { type SdkFiles, sdkFolder } from '../sdk-folder.ts';

const PYTHON_SDK: SdkFiles = {
  language: 'Python',
  package: '@bulkhead/plugin-sdk-python',
  inside: 'src',
  name: 'plugin_sdk',
  bootstrap: 'bootstrap.py',
  variable: 'BULKHEAD_PYTHON_SDK',
  option: 'pythonSdk',
};

/** The folder that holds `plugin_sdk`. @throws BulkheadError `SDK_NOT_FOUND` */
export function pythonSdkFolder(variables: NodeJS.ProcessEnv, given?: string): string {
  return sdkFolder(PYTHON_SDK, variables, given);
}
