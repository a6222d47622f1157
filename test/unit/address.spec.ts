import { describe, expect, it } from '@jest/globals';
import { addressBlock, isLoopback } from '../../src/platform/http/address.js';

describe('the block an address is limited in', () => {
  it.each([
    ['192.0.2.7', '192.0.2.7'],
    ['::ffff:192.0.2.7', '192.0.2.7'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:0DB8:0001:0002::9', '2001:db8:1:2::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['unix', 'unix'],
  ])('%s is in %s', (address, block) => {
    expect(addressBlock(address)).toBe(block);
  });
});

describe('loopback', () => {
  it.each(['localhost', '127.0.0.1', '127.9.9.9', '::1'])('%s is', (host) =>
    expect(isLoopback(host)).toBe(true),
  );
  it.each(['example.org', '10.0.0.1', '127.0.0.1.example.org', 'localhost.example.org', ''])(
    '%s is not',
    (host) => expect(isLoopback(host)).toBe(false),
  );
});
