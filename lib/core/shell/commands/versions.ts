import { accept, type CommandFamily, type CommandRule, literalArgs, refuse } from './rule.ts';

/**
 * Programs that may be asked for their version and nothing else here, and away from the workspace: yarn, pytest,
 * tflint, jekyll, mvn and others run what a project's files name before they answer.
 */
const VERSIONED =
  `node npm npx yarn pnpm bun deno tsc python python2 python3 pip pip3 pipx poetry uv ruby gem bundle perl php composer go rustc cargo rustup
  java javac mvn gradle kotlin scala make cmake ninja gcc g++ cc clang docker docker-compose podman buildah skopeo minikube kind k3s k9s
  kustomize skaffold stern argocd flux istioctl packer vault consul nomad terragrunt tflint tfsec checkov trivy ansible ansible-playbook pulumi cdk sam
  eksctl gcloud az doctl gh glab curl wget openssl ssh bash zsh dash fish sh vim nvim nano tmux screen nginx redis-cli redis-server psql mysql
  mongosh sqlite3 pre-commit shellcheck hadolint yamllint eslint prettier biome vitest jest pytest black ruff mypy direnv asdf mise nvm brew apt apt-get dpkg
  rpm yum dnf apk snap systemd rsync tar gzip zip unzip git-lfs sops age gpg lua swift dotnet elixir erl ghc stack ocaml julia R Rscript hugo jekyll conftest opa`.split(
    /\s+/,
  );

function version(program: string): CommandRule {
  const forms = /^(?:--version|-version|-V|version)$/;
  const short =
    /^(?:node|npm|yarn|pnpm|ruby|perl|php|tsc|bun|go|make|mvn|gradle|docker|cmake|nginx|deno|helm)$/;
  const verbed =
    /^(?:go|docker|podman|minikube|kind|kustomize|istioctl|packer|vault|consul|nomad|pulumi|trivy|eksctl|flux|stern|k9s|cdk|openssl|conftest|opa|hugo|buf|gh|bun)$/;
  return (args) => {
    const texts = literalArgs(args);
    const [only = ''] = texts ?? [];
    const known = texts?.length === 1 && forms.test(only) && (only !== 'version' || verbed.test(program));
    if (known || (texts?.length === 1 && only === '-v' && short.test(program)))
      return { ...accept(), away: true };
    return refuse(
      'unknown',
      `${program} can run or change things`,
      `Only ${program} --version runs without approval.`,
    );
  };
}

/** Programs that do far more than read: only their version may be asked. */
export const versions: CommandFamily = {
  family: 'versions',
  rules: Object.fromEntries(VERSIONED.map((name) => [name, version(name)])),
  allows: ['python3 --version', 'node -v', 'go version', 'java -version', 'ssh -V', 'bash --version'],
  refuses: [
    'node --version -r ./x',
    'python3 x.py',
    'bash --version -c x',
    'python3 -v',
    'npm version',
    'go run x.go',
    'docker ps',
    'make',
  ],
};
