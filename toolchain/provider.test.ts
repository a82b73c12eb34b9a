import { cliConfig, fileInMirror } from './provider';

test('the provider is laid out where Terraform looks for it, or every deployment would ask a registry', () => {
  expect(fileInMirror('registry.example', 'linux', 'x64')).toBe(
    'registry.example/kreuzwerker/docker/4.6.0/linux_amd64/terraform-provider-docker_v4.6.0',
  );
  expect(fileInMirror('registry.example', 'darwin', 'arm64')).toContain('/darwin_arm64/');
});

test('other providers are still fetched as usual, or the Kubernetes stack could not be planned', () => {
  expect(cliConfig('/m')).toMatchInlineSnapshot(`
"provider_installation {
  filesystem_mirror {
    path    = "/m"
    include = ["registry.terraform.io/kreuzwerker/docker", "registry.opentofu.org/kreuzwerker/docker"]
  }
  direct {
    exclude = ["registry.terraform.io/kreuzwerker/docker", "registry.opentofu.org/kreuzwerker/docker"]
  }
}
"
`);
});
