/** A frame's MessagePack part; what is larger belongs in bodies or in a stream. */
export const DEFAULT_MAX_FRAME_BYTES: number = 64 * 1024 * 1024;

/** One body. 2 GiB: below the 4 GiB that a Buffer of Node 20 can hold. */
export const DEFAULT_MAX_BODY_BYTES: number = 2 ** 31;

/** Containers inside one another. Python's default recursion limit of 1000 has room for this from a deep stack, too. */
export const MAX_DEPTH = 256;

export const FRAME_HEADER_BYTES = 4;
