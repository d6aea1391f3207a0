declare module '@vercel/ncc' {
  export default function ncc(
    entry: string,
    options: { readonly quiet: boolean; readonly cache: boolean },
  ): Promise<{
    readonly code: string;
    readonly assets: Readonly<Record<string, { readonly source: string | Uint8Array }>>;
  }>;
}
