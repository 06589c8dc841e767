// Sessions of TensorFlow that tfjs' addon can't make: of a GraphDef, with a target (another machine) and a configuration, run
// off the event loop; and TensorFlow's server, which lends this machine. C interfaces on both sides (Node-API 8, TensorFlow's
// c_api.h), so that one file serves every Node and every TensorFlow 2.
#include <node_api.h>

#include <cstring>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "tensorflow/c/c_api.h"

namespace {

// What a promise is rejected with, or a call throws. `code` is TensorFlow's name-less TF_Code; 0: a fault of the caller.
struct Failure : std::runtime_error {
  int code;
  Failure(int code, const std::string& message) : std::runtime_error(message), code(code) {}
};

struct Status {
  TF_Status* raw = TF_NewStatus();
  ~Status() { TF_DeleteStatus(raw); }
  void check() const {
    if (TF_GetCode(raw) != TF_OK) throw Failure(TF_GetCode(raw), TF_Message(raw));
  }
};

void check(napi_status status, const char* what) {
  if (status != napi_ok) throw Failure(0, std::string("expected ") + what);
}

struct DeleteTensor {
  void operator()(TF_Tensor* tensor) const { TF_DeleteTensor(tensor); }
};
using Tensor = std::unique_ptr<TF_Tensor, DeleteTensor>;

// A graph and a session of it. The last one who holds it closes it: the handle, or a run that is under way.
struct Session {
  TF_Graph* graph = TF_NewGraph();
  TF_Session* raw = nullptr;

  Session(const std::string& graph_def, const std::string& target, const std::string& config) {
    try {
      open(graph_def, target, config);
    } catch (...) {
      TF_DeleteGraph(graph);
      throw;
    }
  }

  ~Session() {
    Status status;  // A server that is gone can't be told: nothing of it is left here either way.
    TF_CloseSession(raw, status.raw);
    TF_DeleteSession(raw, status.raw);
    TF_DeleteGraph(graph);
  }

  // `name:index` as an end of an edge.
  TF_Output output(const std::string& name) const {
    const size_t colon = name.rfind(':');
    TF_Operation* operation = TF_GraphOperationByName(graph, name.substr(0, colon).c_str());
    if (operation == nullptr) throw Failure(0, "the graph has no " + name);
    return {operation, colon == std::string::npos ? 0 : std::stoi(name.substr(colon + 1))};
  }

 private:
  void open(const std::string& graph_def, const std::string& target, const std::string& config) {
    Status status;
    std::unique_ptr<TF_Buffer, decltype(&TF_DeleteBuffer)> buffer(
        TF_NewBufferFromString(graph_def.data(), graph_def.size()), TF_DeleteBuffer);
    std::unique_ptr<TF_ImportGraphDefOptions, decltype(&TF_DeleteImportGraphDefOptions)> import(
        TF_NewImportGraphDefOptions(), TF_DeleteImportGraphDefOptions);
    TF_GraphImportGraphDef(graph, buffer.get(), import.get(), status.raw);
    status.check();
    std::unique_ptr<TF_SessionOptions, decltype(&TF_DeleteSessionOptions)> options(TF_NewSessionOptions(),
                                                                                  TF_DeleteSessionOptions);
    TF_SetTarget(options.get(), target.c_str());
    TF_SetConfig(options.get(), config.data(), config.size(), status.raw);
    status.check();
    raw = TF_NewSession(graph, options.get(), status.raw);
    status.check();
  }
};
using Handle = std::shared_ptr<Session>;

// ---- Values of JavaScript ----

std::string text_of(napi_env env, napi_value value) {
  size_t length = 0;
  check(napi_get_value_string_utf8(env, value, nullptr, 0, &length), "a string");
  std::string text(length, '\0');
  napi_get_value_string_utf8(env, value, &text[0], length + 1, &length);
  return text;
}

std::string bytes_of(napi_env env, napi_value value) {
  napi_typedarray_type type;
  size_t length = 0;
  void* data = nullptr;
  check(napi_get_typedarray_info(env, value, &type, &length, &data, nullptr, nullptr), "a Uint8Array");
  if (type != napi_uint8_array) throw Failure(0, "expected a Uint8Array");
  return std::string(static_cast<const char*>(data), length);
}

template <typename Take>
void each(napi_env env, napi_value array, Take take) {
  uint32_t length = 0;
  check(napi_get_array_length(env, array, &length), "an array");
  for (uint32_t i = 0; i < length; i++) {
    napi_value element;
    check(napi_get_element(env, array, i, &element), "an element");
    take(element);
  }
}

napi_value property(napi_env env, napi_value object, const char* name) {
  napi_value value;
  check(napi_get_named_property(env, object, name, &value), name);
  return value;
}

// A tensor with a copy of {shape, data}; data is a Float32Array or an Int32Array.
Tensor tensor_of(napi_env env, napi_value feed) {
  std::vector<int64_t> shape;
  size_t elements = 1;
  each(env, property(env, feed, "shape"), [&](napi_value length) {
    int64_t value = 0;
    check(napi_get_value_int64(env, length, &value), "a length");
    shape.push_back(value);
    elements *= static_cast<size_t>(value);
  });
  napi_typedarray_type type;
  size_t length = 0;
  void* data = nullptr;
  check(napi_get_typedarray_info(env, property(env, feed, "data"), &type, &length, &data, nullptr, nullptr),
        "a typed array");
  if (type != napi_float32_array && type != napi_int32_array) throw Failure(0, "expected a Float32Array or an Int32Array");
  if (length != elements)
    throw Failure(0, "a feed has " + std::to_string(length) + " elements, its shape " + std::to_string(elements));
  Tensor tensor(TF_AllocateTensor(type == napi_float32_array ? TF_FLOAT : TF_INT32, shape.data(),
                                  static_cast<int>(shape.size()), 4 * elements));
  if (elements > 0) std::memcpy(TF_TensorData(tensor.get()), data, 4 * elements);
  return tensor;
}

// A Float32Array or an Int32Array with a copy of a tensor. No memory is shared: Electron's Node allows none.
napi_value array_of(napi_env env, TF_Tensor* tensor) {
  const TF_DataType type = TF_TensorType(tensor);
  if (type != TF_FLOAT && type != TF_INT32) throw Failure(0, "a fetch is neither float32 nor int32");
  const size_t bytes = TF_TensorByteSize(tensor);
  void* data = nullptr;
  napi_value buffer;
  napi_value array;
  check(napi_create_arraybuffer(env, bytes, &data, &buffer), "memory");
  if (bytes > 0) std::memcpy(data, TF_TensorData(tensor), bytes);
  check(napi_create_typedarray(env, type == TF_FLOAT ? napi_float32_array : napi_int32_array, bytes / 4, buffer, 0, &array),
        "memory");
  return array;
}

napi_value error_of(napi_env env, const Failure& failure) {
  napi_value message, error, code;
  napi_create_string_utf8(env, failure.what(), NAPI_AUTO_LENGTH, &message);
  napi_create_error(env, nullptr, message, &error);
  napi_create_int32(env, failure.code, &code);
  napi_set_named_property(env, error, "status", code);
  return error;
}

// ---- Work off the event loop ----

struct Work {
  napi_async_work async = nullptr;
  napi_deferred deferred = nullptr;
  std::unique_ptr<Failure> failure;
  virtual ~Work() = default;
  virtual void execute() = 0;
  virtual napi_value result(napi_env env) = 0;
};

napi_value start(napi_env env, std::unique_ptr<Work> work) {
  napi_value promise, name;
  check(napi_create_promise(env, &work->deferred, &promise), "a promise");
  napi_create_string_utf8(env, "rectiscope", NAPI_AUTO_LENGTH, &name);
  const auto execute = [](napi_env, void* data) {
    auto* work = static_cast<Work*>(data);
    try {
      work->execute();
    } catch (const Failure& failure) {
      work->failure = std::make_unique<Failure>(failure);
    } catch (const std::exception& error) {
      work->failure = std::make_unique<Failure>(0, error.what());
    }
  };
  const auto complete = [](napi_env env, napi_status, void* data) {
    std::unique_ptr<Work> work(static_cast<Work*>(data));
    napi_delete_async_work(env, work->async);
    try {
      if (work->failure) throw Failure(*work->failure);
      napi_resolve_deferred(env, work->deferred, work->result(env));
    } catch (const Failure& failure) {
      napi_reject_deferred(env, work->deferred, error_of(env, failure));
    }
  };
  check(napi_create_async_work(env, nullptr, name, execute, complete, work.get(), &work->async), "a thread");
  check(napi_queue_async_work(env, work->async), "a thread");
  work.release();
  return promise;
}

struct Run : Work {
  Handle session;
  std::vector<TF_Output> inputs, outputs;
  std::vector<Tensor> fed, fetched;
  std::string options;

  void execute() override {
    const Handle held = std::move(session);
    std::vector<TF_Tensor*> values;
    for (const Tensor& tensor : fed) values.push_back(tensor.get());
    std::vector<TF_Tensor*> results(outputs.size(), nullptr);
    std::unique_ptr<TF_Buffer, decltype(&TF_DeleteBuffer)> buffer(TF_NewBufferFromString(options.data(), options.size()),
                                                                  TF_DeleteBuffer);
    Status status;
    TF_SessionRun(held->raw, buffer.get(), inputs.data(), values.data(), static_cast<int>(values.size()), outputs.data(),
                  results.data(), static_cast<int>(results.size()), nullptr, 0, nullptr, status.raw);
    for (TF_Tensor* result : results) fetched.emplace_back(result);
    fed.clear();
    status.check();
  }

  napi_value result(napi_env env) override {
    napi_value list;
    check(napi_create_array_with_length(env, fetched.size(), &list), "memory");
    for (size_t i = 0; i < fetched.size(); i++)
      napi_set_element(env, list, static_cast<uint32_t>(i), array_of(env, fetched[i].get()));
    return list;
  }
};

struct Close : Work {
  Handle session;
  void execute() override { session.reset(); }
  napi_value result(napi_env env) override {
    napi_value nothing;
    napi_get_undefined(env, &nothing);
    return nothing;
  }
};

// ---- What is exported ----

Handle& handle_of(napi_env env, napi_value value) {
  void* data = nullptr;
  check(napi_get_value_external(env, value, &data), "a session");
  return *static_cast<Handle*>(data);
}

template <size_t count, napi_value (*call)(napi_env, napi_value*)>
napi_value guarded(napi_env env, napi_callback_info info) {
  size_t given = count;
  napi_value arguments[count];
  napi_get_cb_info(env, info, &given, arguments, nullptr, nullptr);
  try {
    if (given < count) throw Failure(0, "expected " + std::to_string(count) + " arguments");
    return call(env, arguments);
  } catch (const Failure& failure) {
    napi_throw(env, error_of(env, failure));
  } catch (const std::exception& error) {
    napi_throw(env, error_of(env, Failure(0, error.what())));
  }
  return nullptr;
}

// open(graphDef, target, config): session
napi_value open(napi_env env, napi_value* arguments) {
  auto handle = std::make_unique<Handle>(std::make_shared<Session>(
      bytes_of(env, arguments[0]), text_of(env, arguments[1]), bytes_of(env, arguments[2])));
  const auto finalize = [](napi_env, void* data, void*) { delete static_cast<Handle*>(data); };
  napi_value external;
  check(napi_create_external(env, handle.get(), finalize, nullptr, &external), "memory");
  handle.release();
  return external;
}

// run(session, feeds, fetches, runOptions): promise of one typed array a fetch
napi_value run(napi_env env, napi_value* arguments) {
  auto work = std::make_unique<Run>();
  work->session = handle_of(env, arguments[0]);
  if (!work->session) throw Failure(0, "the session is closed");
  each(env, arguments[1], [&](napi_value feed) {
    work->inputs.push_back(work->session->output(text_of(env, property(env, feed, "name"))));
    work->fed.push_back(tensor_of(env, feed));
  });
  each(env, arguments[2],
       [&](napi_value name) { work->outputs.push_back(work->session->output(text_of(env, name))); });
  work->options = bytes_of(env, arguments[3]);
  return start(env, std::move(work));
}

// close(session): promise; a run that is under way ends first
napi_value close(napi_env env, napi_value* arguments) {
  auto work = std::make_unique<Close>();
  work->session = std::move(handle_of(env, arguments[0]));
  return start(env, std::move(work));
}

// serve(serverDef): target. It serves until this process ends: TensorFlow can't stop a server of its own.
napi_value serve(napi_env env, napi_value* arguments) {
  const std::string definition = bytes_of(env, arguments[0]);
  Status status;
  TF_Server* server = TF_NewServer(definition.data(), definition.size(), status.raw);
  status.check();
  TF_ServerStart(server, status.raw);
  status.check();
  napi_value target;
  napi_create_string_utf8(env, TF_ServerTarget(server), NAPI_AUTO_LENGTH, &target);
  return target;
}

template <size_t count, napi_value (*call)(napi_env, napi_value*)>
void offer(napi_env env, napi_value exports, const char* name) {
  napi_value function;
  napi_create_function(env, name, NAPI_AUTO_LENGTH, guarded<count, call>, nullptr, &function);
  napi_set_named_property(env, exports, name, function);
}

}  // namespace

NAPI_MODULE_INIT() {
  offer<3, open>(env, exports, "open");
  offer<4, run>(env, exports, "run");
  offer<1, close>(env, exports, "close");
  offer<1, serve>(env, exports, "serve");
  napi_value version;
  napi_create_string_utf8(env, TF_Version(), NAPI_AUTO_LENGTH, &version);
  napi_set_named_property(env, exports, "version", version);
  return exports;
}
