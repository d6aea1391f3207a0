/** Whether a path leads to a file in the folder that it begins in: on either system, since a plugin may be written on one and run on another. */
export function staysInside(path: string): boolean {
  const parts = path.split(/[\\/]/);
  return path.trim() !== '' && !/^([\\/]|[A-Za-z]:)/.test(path) && !parts.includes('..') && !/[\\/.]$/.test(path);
}
