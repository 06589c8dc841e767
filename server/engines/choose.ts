/** The one file that chooses a backend. */
import { availableParallelism } from 'node:os';
import type { TrainConfig, UpdateConfig } from '../domain/config.ts';
import type { Network } from '../domain/network/network.ts';
import type { Backend, Device } from '../protocol/events.ts';
import { RunFailure } from '../run-file/run-failure.ts';
import { type Engine, type PinnedEngine, partsFor, threadsOfPart } from './engine.ts';
import { inexact } from './inexact.ts';
import type { ForwardBackend } from './inference.ts';
import { measuredParts } from './measured-parts.ts';
import { loadOnnxruntime } from './onnx/load.ts';

interface EngineRequest {
  readonly backend: Backend | 'auto';
  readonly device: Device | 'auto';
  /** What a checkpoint was computed on: the run continues only on that, since another one rounds differently. */
  readonly pinned: PinnedEngine | undefined;
  readonly network: Network;
  readonly batchSize: number;
  readonly train: UpdateConfig & Pick<TrainConfig, 'replicas' | 'workers'>;
  /** Parts of a batch; chosen if it is absent. */
  readonly parts?: number;
  /** Called before what may take minutes: fetching a library. */
  readonly report?: (message: string) => void;
}

interface ChosenEngine {
  readonly engine: Engine;
  /** Name and version of the native library. */
  readonly library: string;
  /** For the user: why this one, and how to get a better one. */
  readonly notices: readonly string[];
}

interface Plan {
  readonly request: EngineRequest;
  readonly device: Device | 'auto';
  readonly parts: number;
  /** Cores that a step uses. */
  readonly threads: number;
}

const unreported = () => undefined;

async function onnx({ request, parts, threads, device }: Plan): Promise<{ engine: Engine; library: string }> {
  const { network, batchSize, train, report = unreported } = request;
  await loadOnnxruntime(report);
  const { createOnnxEngine } = await import('./onnx/engine.ts');
  const { libraryVersion } = await import('./onnx/version.ts');
  if (device === 'webgpu') {
    const { createOnnxDeviceEngine } = await import('./onnx/device-engine.ts');
    const engine = await createOnnxDeviceEngine({ network, batchSize, train, parts });
    return { engine, library: `onnxruntime ${libraryVersion}, WebGPU` };
  }
  return {
    engine: await createOnnxEngine({ network, batchSize, train, parts, threads }),
    library: `onnxruntime ${libraryVersion}`,
  };
}

async function tensorflow({ request, parts, threads, device }: Plan): Promise<{ engine: Engine; library: string }> {
  const { loadTensorFlow } = await import('./tensorflow/load.ts');
  const { createTensorFlowEngine } = await import('./tensorflow/engine.ts');
  const { network, batchSize, train } = request;
  const tensorFlow = await loadTensorFlow({
    threadsPerPart: threadsOfPart({ parts, cores: threads }),
    device,
  });
  // A GPU processes its share at once; more parts are for cores.
  const whole = tensorFlow.device === 'cuda' && !request.pinned;
  const split = whole ? (train.replicas ?? Math.min(batchSize, tensorFlow.devices.length)) : parts;
  const engine = await createTensorFlowEngine(tensorFlow, { network, batchSize, train, parts: split, threads });
  return { engine, library: `TensorFlow ${tensorFlow.version}` };
}

/** On other machines: they run TensorFlow, and the parts that a checkpoint pins are distributed over the available ones. */
async function onWorkers(request: EngineRequest, workers: readonly string[]): Promise<ChosenEngine> {
  const { network, batchSize, train, pinned } = request;
  const where = ['train', 'workers'];
  if (pinned && pinned.backend !== 'tensorflow')
    throw new RunFailure(
      `This run was computed on ${pinned.library} and continues only on that; workers compute on TensorFlow. \`rectiscope resume RUN --set "train.workers=[]"\` continues on this machine.`,
      where,
    );
  if (request.backend === 'onnx' || request.device === 'webgpu')
    throw new RunFailure(
      `Workers compute on TensorFlow, with its own distributed runtime: leave out \`--${request.backend === 'onnx' ? 'backend onnx' : 'device webgpu'}\`, or remove \`workers\`.`,
      where,
    );
  const { loadTensorFlowSessions, asRunFailure } = await import('./tensorflow/load.ts');
  const { createWorkersEngine } = await import('./tensorflow/engine.ts');
  const addon = await loadTensorFlowSessions().catch((error: unknown) => {
    throw asRunFailure(error);
  });
  const parts = pinned?.parts ?? request.parts ?? train.replicas ?? workers.length;
  const engine = await createWorkersEngine(addon, { network, batchSize, train, parts, workers });
  const idle = workers.slice(parts);
  const notices =
    idle.length > 0
      ? [`Not needed: ${idle.join(', ')}. This run's batches have ${parts} parts, and a worker takes at least one.`]
      : [];
  return { engine, library: `TensorFlow ${addon.version}`, notices };
}

const createBy = { onnx, tensorflow } satisfies Record<
  Backend,
  (plan: Plan) => Promise<{ engine: Engine; library: string }>
>;

/** The best backend that the request and the machine allow. */
async function best({
  backend,
  device,
}: Pick<EngineRequest, 'backend' | 'device'>): Promise<{ backend: Backend; notices: string[] }> {
  if (backend === 'onnx' && device === 'cuda')
    throw new RunFailure(
      'The onnx backend trains on the CPU or with WebGPU: use `--device webgpu`, or `--backend tensorflow`.',
    );
  if (backend === 'tensorflow' && device === 'webgpu')
    throw new RunFailure(
      'The tensorflow backend does not support WebGPU: use `--backend onnx --device webgpu`, or `--device cuda`.',
    );
  if (backend === 'onnx' || device === 'webgpu') return { backend: 'onnx', notices: [] };
  const { tensorFlowProblem } = await import('./tensorflow/load.ts');
  const problem = await tensorFlowProblem();
  if (!problem) return { backend: 'tensorflow', notices: [] };
  if (backend === 'tensorflow' || device === 'cuda') throw new RunFailure(problem);
  return { backend: 'onnx', notices: [`Computing on onnxruntime. ${problem}`] };
}

/** Cores that a step uses: each part gets an equal share. More parts than cores take turns. */
export const busyCores = ({ parts, cores }: { parts: number; cores: number }): number =>
  Math.min(cores, parts * threadsOfPart({ parts, cores }));

/** Make the engine of a run. Throws a RunFailure that says what to do if there is none. */
export async function chooseEngine(request: EngineRequest): Promise<ChosenEngine> {
  const { workers = [] } = request.train;
  if (workers.length > 0) return await onWorkers(request, workers);
  const cores = availableParallelism();
  const { pinned } = request;
  if (!pinned) {
    const { backend, notices } = await best(request);
    const { network, batchSize, device } = request;
    const requested = request.parts ?? request.train.replicas;
    const onCores = device === 'auto' || device === 'cpu';
    const usual = onCores ? partsFor(batchSize, cores) : 1;
    const measured =
      requested === undefined && onCores ? await measuredParts({ backend, network, batchSize }) : undefined;
    const parts = requested ?? measured?.parts ?? usual;
    if (measured && parts !== usual)
      notices.push(
        `Each batch in ${parts} ${parts === 1 ? 'part' : 'parts'}, not ${usual}: \`rectiscope bench\` measured on ${measured.measured.slice(0, 10)} that this is faster.`,
      );
    const made = await createBy[backend]({ request, device, parts, threads: busyCores({ parts, cores }) });
    return { ...made, notices: [...notices, ...inexact(made.engine.device, process.env)] };
  }
  const { backend, parts, threads, library } = pinned;
  if (backend === 'tensorflow') {
    const { tensorFlowProblem } = await import('./tensorflow/load.ts');
    const problem = await tensorFlowProblem();
    if (problem) throw new RunFailure(`This run was computed on ${library} and continues only on that. ${problem}`);
  }
  const made = await createBy[backend as Backend]({ request, device: pinned.device as Device, parts, threads });
  const notices =
    made.library === library ? [] : [`Saved on ${library}, continuing on ${made.library}: not bit-exact from here.`];
  return { ...made, notices: [...notices, ...inexact(made.engine.device, process.env)] };
}

/** The backend for testing a trained network: any backend will do, chosen as for training. */
export async function chooseForward(
  request: Pick<EngineRequest, 'backend' | 'device' | 'report'>,
): Promise<{ backend: ForwardBackend; notices: readonly string[] }> {
  const { backend, notices } = await best(request);
  if (request.device === 'webgpu') notices.push('Trained networks are tested on the CPU; WebGPU is for training.');
  return { backend: await forwardOn(backend, { ...request, threads: availableParallelism() }), notices };
}

/** The same on a known backend. In a process that trains on TensorFlow, its threads are those of the engine. */
export async function forwardOn(
  backend: Backend,
  {
    threads,
    device,
    report = unreported,
  }: { threads: number; device: Device | 'auto'; report?: (message: string) => void },
): Promise<ForwardBackend> {
  if (backend === 'onnx') {
    await loadOnnxruntime(report);
    return (await import('./onnx/forward.ts')).onnxForward(threads);
  }
  const { loadTensorFlow } = await import('./tensorflow/load.ts');
  const { tensorFlowForward } = await import('./tensorflow/forward.ts');
  return tensorFlowForward(await loadTensorFlow({ threadsPerPart: threads, device }));
}
