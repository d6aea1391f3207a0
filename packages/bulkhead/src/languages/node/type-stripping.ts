import { typeStripping } from '../../requirements/type-stripping.ts';

/** What a Node has to be told to run TypeScript; undefined: it can't. */
export function flagsToStripTypes(version: string): readonly string[] | undefined {
  switch (typeStripping(version)) {
    case 'unasked':
      return [];
    case 'if told':
      // it would write a warning at each start
      return ['--experimental-strip-types', '--disable-warning=ExperimentalWarning'];
    case 'never':
      return undefined;
  }
}
