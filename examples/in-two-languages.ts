import { PluginManager } from 'bulkhead';

/** A table that a plugin in JavaScript has written, of words that one in Python has counted for it. */
export interface PageResult {
  readonly html: string;
  readonly node: string;
  readonly python: string;
}

/** Two plugins in two languages call each other. */
export async function writtenPage(registry: string, text: string): Promise<PageResult> {
  await using manager = await PluginManager.open(registry);
  const input = { title: 'Frequent words', text, top: 3 };
  const html = (await manager.executePlugin('page_writer', input, { action: 'frequent_words' })) as string;
  const [writer, counter] = await Promise.all(['page_writer', 'word_counter'].map((id) => manager.describePlugin(id)));
  return { html, node: writer?.node ?? '', python: counter?.python ?? '' };
}
