import assert from "node:assert/strict";
import { test } from "node:test";
import { launchArguments, resolveLaunch } from "./launch.js";
import type { LaunchFlags } from "./launch-flags.js";

type Flags = Parameters<typeof resolveLaunch>[0];

const SEVERAL: LaunchFlags = { nprocPerNode: 4, nnodes: 2, nodeRank: 1, masterAddr: "node0" };

test("without such flags, this process trains itself", () => {
  assert.equal(resolveLaunch({}, {}), null);
  assert.equal(resolveLaunch({ gpu: 1, localRank: 1 }, { WORLD_SIZE: "2", RANK: "1" }), null);
});

test("one machine: a free port of its own", () => {
  assert.deepEqual(resolveLaunch({ nprocPerNode: 2 }, {}), {
    localWorldSize: 2,
    machines: 1,
    machineRank: 0,
    masterAddress: "127.0.0.1",
    masterPort: null,
    maxRestarts: 0,
  });
  const said = { nprocPerNode: 1, nnodes: 1, nodeRank: 0, masterAddr: "::1", masterPort: 1, maxRestarts: 3, gpu: 2 };
  assert.deepEqual(resolveLaunch(said, {}), {
    localWorldSize: 1,
    machines: 1,
    machineRank: 0,
    masterAddress: "::1",
    masterPort: 1,
    maxRestarts: 3,
  });
});

test("several machines: a port that all know", () => {
  assert.deepEqual(resolveLaunch(SEVERAL, {}), {
    localWorldSize: 4,
    machines: 2,
    machineRank: 1,
    masterAddress: "node0",
    masterPort: 29500,
    maxRestarts: 0,
  });
});

const CONTRADICTIONS: readonly [flags: Flags, message: string, environment?: NodeJS.ProcessEnv][] = [
  [{ nnodes: 1 }, "option --nnodes says how several processes are started: expected --nproc-per-node with it"],
  [{ nodeRank: 0 }, "option --node-rank says how several processes are started: expected --nproc-per-node with it"],
  [
    { masterAddr: "a" },
    "option --master-addr says how several processes are started: expected --nproc-per-node with it",
  ],
  [{ masterPort: 1 }, "option --master-port says how several processes are started: expected --nproc-per-node with it"],
  [
    { maxRestarts: 0 },
    "option --max-restarts says how several processes are started: expected --nproc-per-node with it",
  ],
  [
    { nprocPerNode: 1, nnodes: 2, masterAddr: "a" },
    "option --nnodes 2: expected --node-rank, the number of this machine, with it",
  ],
  [
    { nprocPerNode: 1, nnodes: 2, nodeRank: 0 },
    "option --nnodes 2: expected --master-addr, the name or address of machine 0, with it",
  ],
  [{ ...SEVERAL, nodeRank: 2 }, "option --node-rank: expected a whole number from 0 to 1, of --nnodes 2, received 2"],
  [
    { nprocPerNode: 1, nodeRank: 1 },
    "option --node-rank: expected a whole number from 0 to 0, of --nnodes 1, received 1",
  ],
  [
    { ...SEVERAL, nprocPerNode: 1024, nnodes: 65 },
    "options --nproc-per-node and --nnodes: expected at most 65536 processes in all, received 66560",
  ],
  [
    { nprocPerNode: 2, gpu: 0 },
    "option --gpu: expected none, or --device cuda, with --nproc-per-node 2, where each process takes the GPU of its own number, received 0",
  ],
  [
    { nprocPerNode: 3, device: "cuda:1" },
    "option --device: expected none, or --device cuda, with --nproc-per-node 3, where each process takes the GPU of its own number, received cuda:1",
  ],
  [
    { nprocPerNode: 2, localRank: 0 },
    "option --local_rank: expected none with --nproc-per-node, which gives each process its own",
  ],
  [
    { nprocPerNode: 2 },
    'option --nproc-per-node starts processes: expected none in one that a launcher has started already, found the environment variable WORLD_SIZE, "1"',
    { WORLD_SIZE: "1", RANK: "0" },
  ],
  [
    { nprocPerNode: 1 },
    'option --nproc-per-node starts processes: expected none in one that a launcher has started already, found the environment variable RANK, ""',
    { RANK: "" },
  ],
];

for (const [flags, message, environment = {}] of CONTRADICTIONS) {
  test(`refused: ${JSON.stringify(flags)} in ${JSON.stringify(environment)}`, () => {
    assert.throws(() => resolveLaunch(flags, environment), { name: "InputError", message });
  });
}

test("a device without an index is no contradiction", () => {
  for (const device of ["cpu", "cuda", "auto", "mps"]) {
    assert.equal(resolveLaunch({ nprocPerNode: 2, device }, {})?.localWorldSize, 2);
  }
});

test("the flags can be typed again", () => {
  assert.equal(launchArguments({ nprocPerNode: 2 }), "--nproc-per-node 2");
  assert.equal(
    launchArguments({ maxRestarts: 3, masterPort: 4000, ...SEVERAL }),
    "--nproc-per-node 4 --nnodes 2 --node-rank 1 --master-addr node0 --master-port 4000 --max-restarts 3",
  );
});
