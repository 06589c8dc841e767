/** What a user reads where npm could not fetch onnxruntime, by what npm printed. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { npmFailure } from '../../server/runtime/fetch-onnxruntime.ts';

for (const [output, code, message] of [
  [
    'npm error code ENOTFOUND\nnpm error network request failed',
    'offline',
    /registry can't be reached\. .*https-proxy/,
  ],
  ['npm error code EAI_AGAIN', 'offline', /can't be reached/],
  ['npm error code UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'certificate', /NODE_EXTRA_CA_CERTS/],
  ['npm error code SELF_SIGNED_CERT_IN_CHAIN', 'certificate', /does not trust the certificate/],
  ['npm error code EINTEGRITY\nnpm error sha512-…', 'wrong-hash', /is not the one that was published/],
  ['npm error code E404\nnpm error 404 Not Found', 'refused', /npm config get registry/],
  [
    'npm error something new',
    'fetch',
    /: npm error something new\. Try again\. Or install it by hand .* onnxruntime-node@\d/,
  ],
] as const)
  it(`reads ${output.split('\n')[0]}`, () => {
    const error = npmFailure(output);
    assert.equal(error.code, code);
    assert.match(error.message, message);
    assert.equal(error.detail, output);
  });
