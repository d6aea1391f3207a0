/**
 * A documentation comment as Markdown.
 *
 * @param {string} comment without its marks
 * @param {(text: string) => string} linked puts links into prose
 */
export function commentAsMarkdown(comment, linked) {
  const [description = '', ...tags] = comment.split(/(?:^|\s)@(?=(?:param|returns|throws|typeParam)\s)/);
  const entries = tags.map((tag) => tag.trim()).map((tag) => tagAsMarkdown(tag));
  const list = entries.map((entry) => `- ${linked(entry.replace(/\s*\n\s*/g, ' '))}`).join('\n');
  return [linked(description.trim()), list].filter((part) => part !== '').join('\n\n');
}

/** @param {string} tag @returns {string} */
function tagAsMarkdown(tag) {
  const [, kind = '', rest = ''] = /^(\w+)\s+(.*)$/s.exec(tag) ?? [];
  if (kind === 'returns') return `**Returns** ${rest}`;
  if (kind === 'throws') return `**Throws** ${rest}`;
  const [, name = '', text = ''] = /^(\S+)\s+(.*)$/s.exec(rest) ?? [];
  return `\`${name}\`: ${text}`;
}

/**
 * Links the codes of errors, where they stand in code marks.
 *
 * @param {ReadonlySet<string>} codes
 * @returns {(text: string) => string}
 */
export function errorLinks(codes) {
  return (text) =>
    text
      .replace(/`([A-Z][A-Z_]+)`/g, (marked, code) =>
        codes.has(code) ? `[${marked}](errors.md#${code.toLowerCase()})` : marked,
      )
      .replace(/(?<![[(])\bdocs\/([a-z-]+\.md)\b/g, '[$1]($1)');
}
