/** Version of onnxruntime, for processes that do not load the library itself. */
export { ONNXRUNTIME_VERSION as libraryVersion } from '../../runtime/onnxruntime.ts';
