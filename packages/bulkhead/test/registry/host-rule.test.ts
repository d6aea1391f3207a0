import { describe, expect, test } from 'vitest';
import { AllowedHosts } from '../../src/launcher/sandbox/network/allowed-hosts.ts';
import { isPublic } from '../../src/launcher/sandbox/network/special-addresses.ts';
import { type HostRule, readHostRule } from '../../src/registry/fields/launch/host-rule.ts';

describe('a host of the list', () => {
  test.each<[string, Partial<HostRule>]>([
    ['api.example.com', { kind: 'name', name: 'api.example.com', isBelow: false, ports: [80, 443] }],
    ['API.Example.com.:8443', { kind: 'name', name: 'api.example.com', ports: [8443] }],
    ['*.example.com:443,8443', { kind: 'name', name: 'example.com', isBelow: true, ports: [443, 8443] }],
    ['10.0.0.5:8000', { kind: 'addresses', family: 'ipv4', address: '10.0.0.5', prefix: 32, ports: [8000] }],
    ['10.0.0.0/8', { kind: 'addresses', prefix: 8, ports: [80, 443] }],
    ['[::1]:443', { kind: 'addresses', family: 'ipv6', address: '::1', prefix: 128, ports: [443] }],
    ['fd00::/8', { kind: 'addresses', address: 'fd00::', prefix: 8, ports: [80, 443] }],
    ['[fd00::]/8:443', { kind: 'addresses', address: 'fd00::', prefix: 8, ports: [443] }],
  ])('%s', (written, rule) => {
    expect(readHostRule(written)).toMatchObject(rule);
  });

  test.each([
    '*',
    '*.*.x',
    'a..b',
    'http://x',
    'x:0',
    'x:65536',
    'x:',
    'x/8',
    '127.1',
    '10.0.0.0/33',
    '[::1',
    '[a]:1',
    '',
  ])('"%s" is none', (written) => expect(readHostRule(written)).toBeUndefined());
});

describe('what a list permits', () => {
  const rules = ['api.example.com', '*.cdn.example.com:443', '10.0.0.0/8:5432', 'localhost:8000'];
  const allowed = new AllowedHosts(rules.map((written) => readHostRule(written) as HostRule));

  test.each<[string, number, boolean]>([
    ['api.example.com', 443, true],
    ['API.example.com.', 80, true],
    ['api.example.com', 22, false],
    ['x.api.example.com', 443, false],
    ['notapi.example.com', 443, false],
    ['a.cdn.example.com', 443, true],
    ['a.b.cdn.example.com', 443, true],
    ['cdn.example.com', 443, false],
    ['evilcdn.example.com', 443, false],
    ['10.9.8.7', 5432, true],
    ['11.0.0.1', 5432, false],
    ['::ffff:10.0.0.1', 5432, true],
    ['localhost', 8000, true],
    ['127.0.0.1', 8000, true],
    ['::1', 8000, true],
    ['127.0.0.1', 80, false],
  ])('%s on port %i: %s', (host, port, expected) => {
    expect(allowed.permits(host, port)).toBe(expected);
  });

  test('a name may lead to the internet, and to what is listed', () => {
    expect(allowed.mayLeadTo('93.184.215.14', 443)).toBe(true);
    expect(allowed.mayLeadTo('10.0.0.1', 5432)).toBe(true);
    expect(allowed.mayLeadTo('10.0.0.1', 443)).toBe(false);
  });
});

test.each([
  '0.0.0.0',
  '10.0.0.1',
  '100.100.100.200',
  '127.0.0.53',
  '169.254.169.254',
  '172.31.0.1',
  '192.168.1.1',
  '198.18.0.1',
  '224.0.0.1',
  '255.255.255.255',
  '::',
  '::1',
  '::127.0.0.1',
  '64:ff9b::7f00:1',
  '2002:7f00:1::',
  'fc00::1',
  'fd00:ec2::254',
  'fe80::1',
  'fec0::1',
  'ff02::1',
])('%s is not on the internet', (address) => expect(isPublic(address)).toBe(false));

test.each(['8.8.8.8', '93.184.215.14', '172.32.0.1', '2606:4700::1111', '2a00:1450:4001::1'])('%s is', (address) =>
  expect(isPublic(address)).toBe(true),
);
