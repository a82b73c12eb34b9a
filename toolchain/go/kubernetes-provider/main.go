// The last Kubernetes provider that is published as a Go module, under the names that today's stacks use.
package main

import (
	"context"
	"maps"
	"slices"

	"github.com/hashicorp/terraform-plugin-sdk/helper/schema"
	"github.com/hashicorp/terraform-plugin-sdk/plugin"
	"github.com/hashicorp/terraform-plugin-sdk/terraform"
	"github.com/hashicorp/terraform-provider-kubernetes/kubernetes"
	core "k8s.io/api/core/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func main() {
	plugin.Serve(&plugin.ServeOpts{ProviderFunc: provider})
}

func provider() terraform.ResourceProvider {
	p := kubernetes.Provider().(*schema.Provider)
	p.ResourcesMap["kubernetes_service_account"].Create = createServiceAccount
	addAliases(p.ResourcesMap)
	addAliases(p.DataSourcesMap)
	p.ResourcesMap["kubernetes_daemon_set_v1"] = p.ResourcesMap["kubernetes_daemonset"]
	return p
}

// Today's providers call every resource also by the version of its API.
func addAliases(resources map[string]*schema.Resource) {
	for _, name := range slices.Collect(maps.Keys(resources)) {
		resources[name+"_v1"] = resources[name]
	}
}

// In place of the original, which waits for a token secret that clusters from 1.24 on no longer make, and crashes.
func createServiceAccount(d *schema.ResourceData, m interface{}) error {
	client, err := m.(kubernetes.KubeClientsets).MainClientset()
	if err != nil {
		return err
	}
	automount := d.Get("automount_service_account_token").(bool)
	account := core.ServiceAccount{
		ObjectMeta: meta.ObjectMeta{
			Name:         d.Get("metadata.0.name").(string),
			GenerateName: d.Get("metadata.0.generate_name").(string),
			Namespace:    d.Get("metadata.0.namespace").(string),
			Labels:       texts(d.Get("metadata.0.labels")),
			Annotations:  texts(d.Get("metadata.0.annotations")),
		},
		AutomountServiceAccountToken: &automount,
	}
	for _, name := range names(d.Get("image_pull_secret")) {
		account.ImagePullSecrets = append(account.ImagePullSecrets, core.LocalObjectReference{Name: name})
	}
	for _, name := range names(d.Get("secret")) {
		account.Secrets = append(account.Secrets, core.ObjectReference{Name: name})
	}
	made, err := client.CoreV1().ServiceAccounts(account.Namespace).Create(context.TODO(), &account, meta.CreateOptions{})
	if err != nil {
		return err
	}
	d.SetId(made.Namespace + "/" + made.Name)
	return kubernetes.Provider().(*schema.Provider).ResourcesMap["kubernetes_service_account"].Read(d, m)
}

func texts(value interface{}) map[string]string {
	result := map[string]string{}
	for key, text := range value.(map[string]interface{}) {
		result[key] = text.(string)
	}
	return result
}

func names(value interface{}) (result []string) {
	for _, one := range value.(*schema.Set).List() {
		result = append(result, one.(map[string]interface{})["name"].(string))
	}
	return result
}
