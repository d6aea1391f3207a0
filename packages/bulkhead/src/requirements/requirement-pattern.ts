import { NAME } from './package-name.ts';

const EXTRAS = `(?: *\\[ *(?:${NAME}(?: *, *${NAME})*)? *\\])?`;
const CLAUSE = '(?:~=|===?|!=|<=|>=|<|>) *[A-Za-z0-9.*+!_-]+';
const VERSIONS = `${CLAUSE}(?: *, *${CLAUSE})* *,?`;
const MARKER = '(?: *;.+)?';

/**
 * The shape of a dependency specifier (PEP 508, now packaging.python.org's "Dependency specifiers"): name, extras, versions
 * or address, marker. Editors check it; requirement.ts reads what it can't.
 */
export const REQUIREMENT_PATTERN: RegExp = new RegExp(
  `^ *${NAME}${EXTRAS} *(?:@ *[^ ]+(?: +;.+)?|(?:\\( *${VERSIONS} *\\)|${VERSIONS})?${MARKER}) *$`,
);
