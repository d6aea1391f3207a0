const PARTS = /(^\*\*\/|\/\*\*\/|\/\*\*$|\*+|\?|\[[!^]?\]?[^\]]*\]|\\.)/;

/**
 * The source of a regular expression for a path with slashes, as .gitignore and .dockerignore write them: `*` and `?` stop at a
 * slash, `**` does not. What is no valid class makes no valid expression.
 */
export function globExpression(glob: string): string {
  const parts = glob.split(PARTS).map((part) => {
    if (part === '**/') return '(?:.*/)?';
    if (part === '/**/') return '/(?:.*/)?';
    if (part === '/**') return '/.*';
    if (part.startsWith('*')) return '[^/]*';
    if (part === '?') return '[^/]';
    if (part.startsWith('[') && part.length > 1) return classOf(part);
    return (part.startsWith('\\') ? part.slice(1) : part).replace(/[.*+?^${}()|[\]\\/]/g, '\\$&');
  });
  return parts.join('');
}

function classOf(part: string): string {
  const [, not = '', inner = ''] = /^\[([!^]?)(.*)\]$/s.exec(part) ?? [];
  return `(?!/)[${not === '' ? '' : '^'}${inner.replace(/[\\\]^[]/g, '\\$&')}]`;
}
