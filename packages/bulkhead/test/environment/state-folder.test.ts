import { tmpdir } from 'node:os';
import { expect, test } from 'vitest';
import { StateFolder } from '../../src/environment/state-folder.ts';

const state = new StateFolder(tmpdir());

test.each(['ENOSPC', 'EROFS', 'EACCES'])(
  'a disk that refuses with %s gets a code, whichever step it came up in',
  (code) => {
    const refusal = Object.assign(new Error('no space left on device, write'), { code });
    expect(state.explain(refusal)).toMatchObject({ code: 'STATE_FOLDER_UNUSABLE', cause: refusal });
  },
);

test.each([new Error('another'), Object.assign(new Error('gone'), { code: 'ENOENT' }), undefined])(
  'other errors stay what they are: %s',
  (error) => {
    expect(state.explain(error)).toBe(error);
  },
);
