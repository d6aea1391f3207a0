import { describe, expect, test } from 'vitest';
import { isProblem } from '../../src/requirements/problem.ts';
import { parseRequirement, spellRequirement } from '../../src/requirements/requirement.ts';

describe('a requirement', () => {
  test.each([
    ['Foo_Bar.baz', 'foo-bar-baz'],
    ['six>=1,<2', 'six<2,>=1'],
    ['a [X, b_c] ( >= 1 )', 'a[b-c,x]>=1'],
    ["a==1.*; python_version<'3.12'", 'a==1.* ; python_version<"3.12"'],
    ['a @ https://host/a.whl', 'a @ https://host/a.whl'],
    ['a @ https://host/a.whl ; os.name == "nt"', 'a @ https://host/a.whl ; os.name == "nt"'],
    ['a===2020-odd', 'a===2020-odd'],
    ['a~=1.4.2+local', 'a~=1.4.2+local'],
    ['six>=1, <2 , ', 'six<2,>=1'],
    ['six (>=1,)\n', 'six>=1'],
    ['a[]', 'a'],
    [
      'a;"linux" in sys_platform and (extra == "x" or os_name=="nt")',
      'a ; "linux" in sys_platform and (extra == "x" or os_name=="nt")',
    ],
  ])('%s is %s', (text, spelled) => {
    const parsed = parseRequirement(text);
    expect(isProblem(parsed) ? parsed : spellRequirement(parsed)).toBe(spelled);
  });

  test.each([
    ['', 'there is nothing in it', 0],
    ['-r other.txt', '"-r" is an option of pip, not a requirement; list the requirements of that file here', 0],
    ['  --frozen', '"--frozen" is an option of pip, not a requirement', 2],
    ['./folder', "a folder or file needs its package's name before it: NAME @ file:./folder", 0],
    ['six =!= 1', '"=!= 1" is not a version specifier such as ">=1.2"', 4],
    ['six 1.0', '"1.0" is not a version specifier such as ">=1.2"; write "==1.0"', 4],
    [
      '-e ../lib',
      '"-e" is an option of pip, not a requirement; a folder or file needs its package\'s name before it: NAME @ file:../lib',
      0,
    ],
    [
      './six-1.16.0-py2.py3-none-any.whl',
      "a folder or file needs its package's name before it: six @ file:./six-1.16.0-py2.py3-none-any.whl",
      0,
    ],
    ['six^1.2', '"^1.2" is not a version specifier such as ">=1.2"; write ">=1.2,<2"', 3],
    ['six^0.2.3', '"^0.2.3" is not a version specifier such as ">=1.2"; write ">=0.2.3,<0.3"', 3],
    ['six~1.2', '"~1.2" is not a version specifier such as ">=1.2"; write "~=1.2.0"', 3],
    ['six>=1  # why', 'a comment may stand only in a requirements file, behind a blank; leave it out behind ">=1"', 3],
    ['six  # why', 'a comment may stand only in a requirements file, behind a blank; leave it out behind "six"', 5],
    ['six>=1 <2', '">=1 <2" is not a version specifier such as ">=1.2"; write ">=1,<2"', 3],
    ['six >= 1 != 1.5 <2,>0', '">= 1 != 1.5 <2" is not a version specifier such as ">=1.2"; write ">=1,!=1.5,<2"', 4],
    ['six>=1 =2', '">=1 =2" is not a version specifier such as ">=1.2"; write ">=1,==2"', 3],
    ['six=>1', '"=>1" is not a version specifier such as ">=1.2"; write ">=1"', 3],
    ['six "==1"', '""==1"" is not a version specifier such as ">=1.2"; write "==1"', 4],
    ["six '>=1 <2'", `"'>=1 <2'" is not a version specifier such as ">=1.2"; write ">=1,<2"`, 4],
    ['"six>=1"', 'it does not begin with the name of a package; leave the quotation marks out: six>=1', 0],
    ["six>=1 python_version < '3.12'", 'a ";" is missing before the environment marker', 3],
    ["six sys_platform == 'linux'", 'a ";" is missing before the environment marker', 4],
    ['six=1.0', '"=1.0" is not a version specifier such as ">=1.2"; write "==1.0"', 3],
    ['six>=1,,', 'there is a comma too many', 3],
    ['six,', 'there is a comma too many', 3],
    ['six[x,]', 'there is a comma too many', 3],
    ['six ()', 'there is nothing in the parentheses', 4],
    ['six[x', 'the bracket behind the name is not closed', 3],
    ['six_>=1', 'the name of a package ends with a letter or a digit', 3],
    ['six>=1\n,<2', 'it holds a line break or another control character', 6],
    ['six>=1\u00a0,<2', '">=1\u00a0" is not a version specifier such as ">=1.2"', 3],
    ['a @ x y', 'an address holds no spaces, and only a marker may follow it: NAME @ ADDRESS ; MARKER', 6],
    ['six==1 --hash=sha256:00', '"--hash" is an option of pip; hashes are for the plugin\'s requirements.txt', 3],
    ['a[b!]', '"b!" is not the name of an extra', 2],
    ['a @ ', 'there is no address after the @', 2],
    ['a; soon', '"soon" is not a variable of an environment marker such as python_version < "3.12"', 3],
    [
      'a; python_version <',
      'the marker "python_version <" is only a part of an environment marker such as python_version < "3.12"; complete it, or leave it out with its ";"',
      19,
    ],
    [
      'a; python_version',
      'the marker "python_version" is only a part of an environment marker such as python_version < "3.12"; complete it, or leave it out with its ";"',
      17,
    ],
    [
      'a ;',
      'nothing follows the ";": leave that out, or write an environment marker such as python_version < "3.12" behind it',
      3,
    ],
    ['a; python_version < 3.12', '"3.12" is compared as text, and so needs quotation marks', 20],
    ['a; python_version < "3.12', 'the quotation mark before 3.12 is not closed', 20],
    ['a; (os_name == "nt"', 'a parenthesis is not closed', 19],
    ['a; os_name == "nt" os_name', '"os_name" is neither "and" nor "or" nor the end of the marker', 19],
    ['a; "x" == "y"', 'it compares two texts, and should be an environment marker such as python_version < "3.12"', 3],
    ['https://host/a.whl', "an address needs its package's name before it: NAME @ https://host/a.whl", 0],
    ['git+https://host/a.git#egg=a', "an address needs its package's name before it: a @ git+https://host/a.git", 0],
  ])('"%s" is none: %s', (text, problem, at) => {
    expect(parseRequirement(text)).toEqual({ problem, at });
  });

  test.each(['a>=1.*', 'a~=1', 'a<1.0+local', 'a>1.0.dev.*'])('what %s allows is not known', (text) => {
    expect(parseRequirement(text)).toMatchObject({ name: 'a', versions: undefined });
  });
});
