import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { RuntimeError } from '../../server/runtime/errors.ts';
import { runtimeFolder } from '../../server/runtime/location.ts';

const at = (platform: NodeJS.Platform, env: Record<string, string>, home = '/home/ada'): string =>
  runtimeFolder({ platform, env, home });

describe('the runtime’s folder', () => {
  it('follows the XDG specification on Linux', () => {
    assert.equal(at('linux', {}), '/home/ada/.local/share/rectiscope/runtime');
    assert.equal(at('linux', { XDG_DATA_HOME: '/data' }), '/data/rectiscope/runtime');
    // The specification: a relative path is invalid and to be ignored.
    assert.equal(at('linux', { XDG_DATA_HOME: 'data' }), '/home/ada/.local/share/rectiscope/runtime');
    assert.equal(at('linux', { XDG_DATA_HOME: '' }), '/home/ada/.local/share/rectiscope/runtime');
  });

  it('follows the conventions of macOS and Windows', () => {
    assert.equal(at('darwin', { XDG_DATA_HOME: '/data' }), '/home/ada/Library/Application Support/rectiscope/runtime');
    const home = 'C:\\Users\\ada';
    assert.equal(at('win32', {}, home), 'C:\\Users\\ada\\AppData\\Local\\rectiscope\\runtime');
    assert.equal(at('win32', { LOCALAPPDATA: 'D:\\Local' }, home), 'D:\\Local\\rectiscope\\runtime');
  });

  it('is what RECTISCOPE_RUNTIME says', () => {
    assert.equal(at('linux', { RECTISCOPE_RUNTIME: '/opt/x/../rt', XDG_DATA_HOME: '/data' }), '/opt/rt');
    assert.equal(at('win32', { RECTISCOPE_RUNTIME: 'E:\\rt' }, 'C:\\Users\\ada'), 'E:\\rt');
    assert.equal(at('linux', { RECTISCOPE_RUNTIME: '' }), '/home/ada/.local/share/rectiscope/runtime');
  });

  it('is never relative: a server and a terminal would mean different folders', () => {
    assert.throws(
      () => at('linux', { RECTISCOPE_RUNTIME: 'rt' }),
      (error) => error instanceof RuntimeError && error.code === 'bad-location' && /absolute/.test(error.message),
    );
  });
});
