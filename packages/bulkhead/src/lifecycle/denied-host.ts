/** How a plugin's proxy says that a line of the registry is missing; whatever client the plugin uses passes these words on. */
const WORDS = 'Bulkhead does not permit ';
const TARGET = new RegExp(`${WORDS}([\\w.-]{1,253}:\\d{1,5}|\\[[\\da-f:.]{2,45}\\]:\\d{1,5})`, 'i');

/** @param target host and port, as the missing line would name them */
export function wordsForDenied(target: string): string {
  return `${WORDS}${target}`;
}

/** The host and port that some text says were denied. */
export function deniedIn(text: string): string | undefined {
  return TARGET.exec(text)?.[1];
}
