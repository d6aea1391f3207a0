import { pythonPackages } from '../python-packages.ts';

/** A folder with pytest for this Python, for PYTHONPATH. */
export async function pytestFolder(python: string): Promise<string> {
  return await pythonPackages(python, 'pytest-beside-plugins', 'pytest>=8,<9');
}
