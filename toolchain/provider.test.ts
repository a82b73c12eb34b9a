import { cliConfig, fileInMirror } from './provider';

test('the provider is laid out where Terraform looks for it, or every deployment would ask a registry', () => {
  expect(fileInMirror('docker', 'registry.example', 'linux', 'x64')).toBe(
    'registry.example/kreuzwerker/docker/4.6.0/linux_amd64/terraform-provider-docker_v4.6.0',
  );
  expect(fileInMirror('kubernetes', 'registry.example', 'linux', 'arm64')).toBe(
    'registry.example/hashicorp/kubernetes/1.13.4/linux_arm64/terraform-provider-kubernetes_v1.13.4',
  );
  expect(fileInMirror('docker', 'registry.example', 'darwin', 'arm64')).toContain('/darwin_arm64/');
});

test('other providers are still fetched as usual, or a stack with one more provider could not be planned', () => {
  const mirrors = [
    { source: 'kreuzwerker/docker', folder: '/d' },
    { source: 'hashicorp/kubernetes', folder: '/k' },
  ];
  expect(cliConfig(mirrors)).toMatchInlineSnapshot(`
   "provider_installation {
     filesystem_mirror {
       path    = "/d"
       include = ["registry.terraform.io/kreuzwerker/docker", "registry.opentofu.org/kreuzwerker/docker"]
     }
     filesystem_mirror {
       path    = "/k"
       include = ["registry.terraform.io/hashicorp/kubernetes", "registry.opentofu.org/hashicorp/kubernetes"]
     }
     direct {
       exclude = ["registry.terraform.io/kreuzwerker/docker", "registry.opentofu.org/kreuzwerker/docker", "registry.terraform.io/hashicorp/kubernetes", "registry.opentofu.org/hashicorp/kubernetes"]
     }
   }
   "
  `);
});
