/** The most characters of one requirement, one version or one list of Python versions: reading takes time for each of them. */
export const LONGEST_REQUIREMENT = 10_000;
/** How deep parentheses may be nested in a marker; Python's `packaging` has the same limit. */
export const DEEPEST_MARKER = 200;
