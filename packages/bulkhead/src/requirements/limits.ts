/** The most characters of one requirement, one version or one list of Python versions. Reading takes time for each of them. */
export const LONGEST_REQUIREMENT = 10_000;
/** The most parentheses that may stand inside each other in a marker; Python's `packaging` allows as many. */
export const DEEPEST_MARKER = 200;
