import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

/**
 * Names the place where this process's pid means something: it differs between machines that share a folder, between boots,
 * and between containers. Safe as the name of a file.
 */
export function machineName(): string {
  return [hostname(), bootId(), processNamespace()].map(encodeURIComponent).join('~');
}

function bootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').slice(0, 8);
  } catch {
    return '';
  }
}

function processNamespace(): string {
  try {
    return readlinkSync('/proc/self/ns/pid').replace(/\D/g, '');
  } catch {
    return '';
  }
}
