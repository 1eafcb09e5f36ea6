import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { processPlace } from "./environment.js";

/** What torchrun sets in the second of two processes on one machine. */
const TORCHRUN = {
  RANK: "1",
  WORLD_SIZE: "2",
  LOCAL_RANK: "1",
  LOCAL_WORLD_SIZE: "2",
  MASTER_ADDR: "127.0.0.1",
  MASTER_PORT: "41234",
  TORCHELASTIC_RESTART_COUNT: "3",
  TORCHELASTIC_USE_AGENT_STORE: "True",
};

/** What Kubernetes' PyTorchJob sets in its master. */
const KUBERNETES = { RANK: "0", WORLD_SIZE: "4", MASTER_ADDR: "job-master-0", MASTER_PORT: "23456" };

function refused(environment: NodeJS.ProcessEnv, message: string | RegExp, requestedLocalRank?: number): void {
  assert.throws(() => processPlace(environment, requestedLocalRank), { name: "InputError", message });
}

describe("processPlace", () => {
  it("takes what torchrun says", () => {
    assert.deepEqual(processPlace(TORCHRUN), {
      rank: 1,
      worldSize: 2,
      localRank: 1,
      localWorldSize: 2,
      masterAddress: "127.0.0.1",
      masterPort: 41234,
      restartCount: 3,
      storeGeneration: 3,
      hostsStore: false,
    });
  });

  it("takes what Kubernetes says: one process on each machine", () => {
    assert.deepEqual(processPlace(KUBERNETES), {
      rank: 0,
      worldSize: 4,
      localRank: 0,
      localWorldSize: 1,
      masterAddress: "job-master-0",
      masterPort: 23456,
      restartCount: 0,
      storeGeneration: 0,
      hostsStore: true,
    });
  });

  it("takes a local rank without the number of such: all are on one machine", () => {
    const slurm = { RANK: "2", WORLD_SIZE: "4", LOCAL_RANK: "2", MASTER_ADDR: "node1", SLURM_PROCID: "2" };
    const place = processPlace(slurm);
    assert.deepEqual([place?.localRank, place?.localWorldSize, place?.masterPort], [2, 4, 29500]);
    const { LOCAL_RANK: _, ...older } = slurm;
    assert.deepEqual(processPlace(older, 2), place);
  });

  it("lets rank 0 keep the store, unless torchrun's agent does", () => {
    const hosts = (rank: string, agent?: string) =>
      processPlace({ ...KUBERNETES, RANK: rank, ...(agent && { TORCHELASTIC_USE_AGENT_STORE: agent }) })?.hostsStore;
    assert.deepEqual([hosts("0"), hosts("0", "False"), hosts("0", "True"), hosts("1")], [true, true, false, false]);
  });

  it("is null for a process that is alone", () => {
    assert.equal(processPlace({}), null);
    assert.equal(processPlace({}, 0), null);
    assert.equal(processPlace({ RANK: "0", LOCAL_RANK: "0" }), null);
    assert.equal(processPlace({ ...TORCHRUN, WORLD_SIZE: "1", RANK: "0", LOCAL_RANK: "0" }, 0), null);
    // These no longer matter then.
    assert.equal(processPlace({ WORLD_SIZE: "1", MASTER_PORT: "none" }), null);
  });

  it("refuses a rank beside which there is no other", () => {
    refused({ RANK: "1" }, 'environment variable RANK: expected 0, since WORLD_SIZE is not set, found "1"');
    refused({ RANK: "1", WORLD_SIZE: "1" }, 'environment variable RANK: expected 0, since WORLD_SIZE is 1, found "1"');
    refused({ LOCAL_RANK: "x" }, 'environment variable LOCAL_RANK: expected 0, since WORLD_SIZE is not set, found "x"');
    refused({}, "`localRank`: expected 0, the only process, received 1", 1);
  });

  it("refuses what is missing", () => {
    const { RANK: _, ...noRank } = KUBERNETES;
    refused(noRank, "environment variable RANK: expected a whole number from 0 to 3, found none");
    const { MASTER_ADDR: __, ...noAddress } = KUBERNETES;
    const expected = "environment variable MASTER_ADDR: expected the name or address of rank 0's machine, found";
    refused(noAddress, `${expected} none`);
    refused({ ...KUBERNETES, MASTER_ADDR: "" }, `${expected} none`);
    refused({ ...KUBERNETES, MASTER_ADDR: "\t" }, `${expected} "\\t"`);
    refused(
      { ...KUBERNETES, LOCAL_WORLD_SIZE: "2" },
      "environment variable LOCAL_RANK: expected a whole number from 0 to 1, found none",
    );
  });

  it("refuses what is no such number", () => {
    for (const text of ["", "0", "-2", "2.0", "1e1", "0x2", " 2", "two", "65537", "٣"]) {
      const expected = "environment variable WORLD_SIZE: expected a whole number from 1 to 65536";
      refused({ ...TORCHRUN, WORLD_SIZE: text }, `${expected}, found ${JSON.stringify(text)}`);
    }
    refused({ ...TORCHRUN, RANK: "2" }, 'environment variable RANK: expected a whole number from 0 to 1, found "2"');
    for (const text of ["0", "65536", ""]) {
      refused(
        { ...TORCHRUN, MASTER_PORT: text },
        /^environment variable MASTER_PORT: expected .* from 1 to 65535, found/,
      );
    }
    refused(
      { ...TORCHRUN, TORCHELASTIC_RESTART_COUNT: "x".repeat(100) },
      `environment variable TORCHELASTIC_RESTART_COUNT: expected a whole number >= 0, found "${"x".repeat(40)}"`,
    );
  });

  it("refuses local ranks that cannot be", () => {
    const expected = "environment variable LOCAL_RANK: expected a whole number from 0 to";
    refused({ ...TORCHRUN, LOCAL_RANK: "2" }, `${expected} 1, found "2"`);
    refused({ ...TORCHRUN, LOCAL_WORLD_SIZE: "1" }, `${expected} 0, found "1"`);
    refused({ ...TORCHRUN, LOCAL_WORLD_SIZE: "3" }, /^environment variable LOCAL_WORLD_SIZE: expected .* from 1 to 2/);
    refused(TORCHRUN, "`localRank`: expected 1, as LOCAL_RANK says, received 0", 0);
    const { LOCAL_RANK: _, ...older } = TORCHRUN;
    refused(older, "`localRank`: expected a whole number from 0 to 1, received 2", 2);
  });

  it("refuses a step of several tasks of Slurm that says nothing of them", () => {
    const step = { SLURM_PROCID: "0", SLURM_STEP_NUM_TASKS: "8", SLURM_NTASKS: "8" };
    refused(
      step,
      /^environment variable WORLD_SIZE: expected one in a step of "8" tasks of Slurm, found none; .* RANK=\$SLURM_PROCID WORLD_SIZE=\$SLURM_NTASKS LOCAL_RANK=\$SLURM_LOCALID MASTER_ADDR=/,
    );
    assert.equal(processPlace({ ...step, WORLD_SIZE: "1" }), null);
    assert.equal(processPlace({ ...step, SLURM_STEP_NUM_TASKS: "1" }), null);
    assert.equal(processPlace({ SLURM_STEP_NUM_TASKS: "8" }), null);
  });
});
