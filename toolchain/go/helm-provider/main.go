// The last Helm provider that is published as a Go module.
package main

import (
	"github.com/hashicorp/terraform-plugin-sdk/plugin"
	"github.com/hashicorp/terraform-provider-helm/helm"
)

func main() {
	plugin.Serve(&plugin.ServeOpts{ProviderFunc: helm.Provider})
}
