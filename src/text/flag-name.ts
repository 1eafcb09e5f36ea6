/** A setting's name as its flag: `bnCalibration` → `--bn-calibration`. */
export function flagName(setting: string): string {
  return `--${setting.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}
