/** A frame's MessagePack part; what is larger belongs in bodies or in a stream. */
export const DEFAULT_MAX_FRAME_BYTES: number = 64 * 1024 * 1024;

/** One body. 2 GiB: below the 4 GiB that a Buffer of Node 20 can hold. */
export const DEFAULT_MAX_BODY_BYTES: number = 2 ** 31;

/**
 * Values of one received frame: what decoding it may cost at most, a tenth of a second or two. Numbers and short texts count
 * once, what takes more time and memory counts more often; see ValueDecoder.
 */
export const DEFAULT_MAX_VALUES = 2_000_000;

/** Containers inside one another. Python's default recursion limit of 1000 has room for this from a deep stack, too. */
export const MAX_DEPTH = 256;

export const FRAME_HEADER_BYTES = 4;
