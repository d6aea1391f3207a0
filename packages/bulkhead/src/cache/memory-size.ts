/** Bytes of a slot in an object or array, and of an object's header, on 64-bit V8. */
const SLOT = 8;
const HEADER = 32;

/** Approximate memory of a copied value in bytes. */
export function memorySize(value: unknown): number {
  if (typeof value === 'string') return HEADER + value.length * 2;
  if (typeof value === 'bigint') return HEADER;
  if (typeof value !== 'object' || value === null) return 0;
  if (ArrayBuffer.isView(value)) return 3 * HEADER + value.byteLength;
  if (value instanceof ArrayBuffer) return 3 * HEADER + value.byteLength;
  const parts: readonly unknown[] = Array.isArray(value) ? value : Object.values(value);
  return parts.reduce<number>((sum, part) => sum + SLOT + memorySize(part), HEADER);
}
