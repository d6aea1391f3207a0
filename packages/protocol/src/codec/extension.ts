/** Codes of the extension types on the wire; see packages/protocol/README.md, "Values". */
export const EXTENSION_ARRAY = 1;
export const EXTENSION_BODY = 2;
export const EXTENSION_ARRAY_BODY = 3;
/** −1 as an unsigned byte: the timestamp of the MessagePack specification. */
export const EXTENSION_TIMESTAMP = 0xff;
