import { basename } from "node:path";
import {
  type Missing,
  type Reference,
  type ReferenceTable,
  type Reported,
  referenceNetwork,
  weightsLabel,
} from "./reference.js";
import type { RunGroup } from "./run-group.js";

/** Runs of one network and data set with one recipe, with prior work's figures. */
export interface ResultTable {
  readonly arch: string;
  readonly dataset: string;
  readonly recipe: string;
  readonly columns: readonly Column[];
}

/** Runs of the same weights in such a table. */
export interface Column {
  readonly label: string;
  /** `null` if nothing was run. */
  readonly group: RunGroup | null;
  /** The float runs with the same training. */
  readonly float: RunGroup | null;
  /** The runs that it started from. */
  readonly start: RunGroup | null;
  readonly reported: readonly Reported[];
  readonly missing: Missing | null;
}

/** The reference's tables in their order, then those of other recipes and networks. */
export function resultTables(groups: readonly RunGroup[], reference: Reference): ResultTable[] {
  const expected = reference.networks.flatMap(({ arch, dataset, tables }) =>
    tables.map((table) => ({ arch, dataset, ...table })),
  );
  const others = groups.map(({ arch, dataset, recipe }) => ({ arch, dataset, recipe, columns: [] }));
  const wanted = [...expected, ...others];
  return wanted
    .filter((table, index) => wanted.findIndex((other) => isOf(table, other)) === index)
    .map((table) => ({ ...table, columns: columnsOf(table, groups, reference) }));
}

type Place = Pick<ResultTable, "arch" | "dataset" | "recipe">;

function isOf(table: Place, other: Place): boolean {
  return table.arch === other.arch && table.dataset === other.dataset && table.recipe === other.recipe;
}

function columnsOf(table: Place & ReferenceTable, groups: readonly RunGroup[], reference: Reference): Column[] {
  const network = referenceNetwork(reference, table);
  const own = groups.filter((group) => isOf(table, group));
  const alike = (group: RunGroup) =>
    groups.find(
      (other) =>
        other.isFloat &&
        other.floatKey === group.floatKey &&
        other.startedFrom === group.startedFrom &&
        epochsOf(other) === epochsOf(group) &&
        epochsOf(group) > 0,
    ) ?? null;
  const column = (label: string, group: RunGroup | null): Column => ({
    label,
    group,
    float: group && alike(group),
    start: group && (groups.find((other) => isPublishedIn(other, group.startedFrom)) ?? null),
    reported: network?.reported.filter((figure) => weightsLabel(figure) === label) ?? [],
    missing: network?.missing.find((each) => weightsLabel(each) === label) ?? null,
  });
  // A float run does not depend on the temperature: one with a recipe that differs only in that belongs here too.
  const borrowed = own.some(({ isFloat }) => isFloat) ? null : (own.map(alike).find((group) => group !== null) ?? null);
  const candidates = borrowed === null ? own : [borrowed, ...own];
  const labels = table.columns.map(weightsLabel);
  const taken = labels.map((label) => candidates.find((group) => group.label === label) ?? null);
  const further = candidates.filter((group) => !taken.includes(group));
  return [
    ...labels.map((label, index) => column(label, taken[index] ?? null)),
    ...further.map((group) => column(group.label, group)),
  ];
}

/** Whether a float run of this name is one of a group's. */
function isPublishedIn({ isFloat, counted, uncounted }: RunGroup, name: string | null): boolean {
  const runs = [...counted, ...uncounted.map(({ run }) => run)];
  return isFloat && runs.some(({ path }) => basename(path) === name);
}

/** Number of epochs that the runs of a group have completed. */
export function epochsOf({ counted }: RunGroup): number {
  return counted[0]?.epochs.length ?? 0;
}
