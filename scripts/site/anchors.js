/** What GitHub makes of a heading, for links to it. @param {string} heading its text, without marks */
export function githubAnchor(heading) {
  return heading
    .toLowerCase()
    .trim()
    .replace(/[^\p{L}\p{N}_\- ]/gu, '')
    .replaceAll(' ', '-');
}
