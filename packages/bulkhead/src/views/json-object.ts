/** Plain data for doors to show. The help of the commands that print it promises its keys. */
export type JsonObject = Readonly<Record<string, unknown>>;
