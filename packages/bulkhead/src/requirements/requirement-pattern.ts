import { NAME } from './package-name.ts';

const EXTRAS = `(?:[ \\t]*\\[[ \\t]*(?:${NAME}(?:[ \\t]*,[ \\t]*${NAME})*[ \\t]*)?\\])?`;
const CLAUSE = '(?:~=|===?|!=|<=|>=|<|>)[ \\t]*[A-Za-z0-9.*+!_-]+';
const VERSIONS = `${CLAUSE}(?:[ \\t]*,[ \\t]*${CLAUSE})*(?:[ \\t]*,)?`;
const SPECIFIER = `(?:[ \\t]*\\([ \\t]*${VERSIONS}[ \\t]*\\)|[ \\t]*${VERSIONS})?`;
const ADDRESS = '[ \\t]*@[ \\t]*[^ \\t]+(?:[ \\t]+;.+|[ \\t]*)';

/**
 * The shape of a dependency specifier (packaging.python.org's "Dependency specifiers"): name, extras, versions or address,
 * marker. Editors check this much; `parseRequirement` checks the rest. Each optional space belongs to the token behind it, so
 * that a long run of spaces can be matched in one way only and takes linear time.
 */
export const REQUIREMENT_PATTERN: RegExp = new RegExp(
  `^[ \\t]*${NAME}${EXTRAS}(?:${ADDRESS}|${SPECIFIER}(?:[ \\t]*;.+|[ \\t]*))$`,
);
