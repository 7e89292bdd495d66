/** Files with which a source could stand in for what init would fetch and check. */

/**
 * The paths that init and plan would run or trust as they are: `terraform.d/` (plugins, read from the working
 * folder as a local mirror) and `.terraform/` (installed plugins, the chosen backend), except folders of modules
 * that the caller itself installed.
 */
export function preparedFiles(paths: Iterable<string>, installed: readonly string[]): readonly string[] {
  return [...paths].filter((path) => {
    if (/(^|\/)terraform\.d\//.test(path)) return true;
    if (!/(^|\/)\.terraform\//.test(path)) return false;
    return !installed.some((folder) => path.startsWith(`${folder}/`));
  });
}
