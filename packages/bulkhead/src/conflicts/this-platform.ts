import { machine, release, type, version } from 'node:os';
import type { Platform } from './python-grid.ts';

/** The values of Python's markers for the system that this process runs on. */
export function thisPlatform(): Platform {
  const windows = process.platform === 'win32';
  return {
    os_name: windows ? 'nt' : 'posix',
    sys_platform: process.platform,
    platform_system: windows ? 'Windows' : type(),
    platform_machine: windows && machine() === 'x86_64' ? 'AMD64' : machine(),
    platform_release: release(),
    platform_version: version(),
  };
}
