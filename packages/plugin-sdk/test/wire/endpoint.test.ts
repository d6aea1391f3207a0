import { expect, test } from 'vitest';
import { readEndpoint, readPlace } from '../../src/wire/endpoint.ts';

test('an endpoint is two descriptors, or two sockets in a folder', () => {
  expect(readEndpoint('fd:3,4')).toEqual({ data: 3, control: 4 });
  expect(readEndpoint('unix:/run/a folder')).toEqual({ data: '/run/a folder/data', control: '/run/a folder/control' });
  expect(readPlace('fd:5')).toBe(5);
  expect(readPlace('unix:/run/lifeline')).toBe('/run/lifeline');
});

test.each(['stdio', 'fd:3', 'fd:a,b', 'grpc:/run/socket', ''])('"%s" is none', (written) => {
  expect(() => readEndpoint(written)).toThrow(/is none that this SDK knows/);
});
