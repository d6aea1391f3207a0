import { NAME } from './package-name.ts';

const EXTRAS = `(?:[ \\t]*\\[[ \\t]*(?:${NAME}(?:[ \\t]*,[ \\t]*${NAME})*[ \\t]*)?\\])?`;
const CLAUSE = '(?:~=|===?|!=|<=|>=|<|>)[ \\t]*[A-Za-z0-9.*+!_-]+';
const VERSIONS = `${CLAUSE}(?:[ \\t]*,[ \\t]*${CLAUSE})*(?:[ \\t]*,)?`;
const SPECIFIER = `(?:[ \\t]*\\([ \\t]*${VERSIONS}[ \\t]*\\)|[ \\t]*${VERSIONS})?`;
const ADDRESS = '[ \\t]*@[ \\t]*[^ \\t]+(?:[ \\t]+;.+|[ \\t]*)';

/**
 * The shape of a dependency specifier (packaging.python.org's "Dependency specifiers"): name, extras, versions or address,
 * marker. Editors check it; requirement.ts reads what it can't. Optional space stands before what it belongs to, never at two
 * places that meet: so a long run of spaces is tried once, not in every way that it can be divided.
 */
export const REQUIREMENT_PATTERN: RegExp = new RegExp(
  `^[ \\t]*${NAME}${EXTRAS}(?:${ADDRESS}|${SPECIFIER}(?:[ \\t]*;.+|[ \\t]*))$`,
);
