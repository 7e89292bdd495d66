import {
  type ScanInput,
  type ScanReport,
  scanConfiguration,
} from '../../../../lib/core/terraform/scan/scan.ts';

/** Scans files given as text; HashiCorp's providers and the local backend are allowed unless said otherwise. */
export function scanFiles(
  files: Readonly<Record<string, string | Uint8Array>>,
  input: Partial<Omit<ScanInput, 'files'>> = {},
): Promise<ScanReport> {
  const encoder = new TextEncoder();
  return scanConfiguration({
    files: new Map(
      Object.entries(files).map(([path, content]) => [
        path,
        { path, bytes: typeof content === 'string' ? encoder.encode(content) : content },
      ]),
    ),
    rootModule: '',
    allowedProviders: ['hashicorp/*'],
    allowedBackends: ['local'],
    variableFiles: [],
    ...input,
  });
}

/** The rules that spoke for one root file `main.tf`, sorted; other files may lie beside it. */
export async function rulesOf(
  main: string,
  beside: Readonly<Record<string, string>> = {},
  input: Partial<Omit<ScanInput, 'files'>> = {},
): Promise<readonly string[]> {
  const report = await scanFiles({ 'main.tf': main, ...beside }, input);
  return report.findings.map((finding) => `${finding.rule}/${finding.class}`).sort();
}
