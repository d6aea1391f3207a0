import { visibleText } from '../../lifecycle/visible-text.ts';

/** As text of a page, or the value of an attribute, whatever a plugin has put into it. */
export function htmlText(written: string): string {
  return visibleText(written)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
