package main

import (
	"context"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"
	core "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/errors"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
)

// The name that the storage class gives.
const provisioner = "streaming-platform/local"

// A folder of the node for each claim. The volumes are of the kind `local`: unlike hostPath it honours fsGroup, without
// which a program that is not root cannot write.
func volumesCommand() *cobra.Command {
	var kubeconfig, folder string
	command := &cobra.Command{Use: "volumes", SilenceUsage: true, RunE: func(*cobra.Command, []string) error {
		client, err := connect(kubeconfig)
		if err != nil {
			return err
		}
		factory := informers.NewSharedInformerFactory(client, 0)
		claims, volumes := factory.Core().V1().PersistentVolumeClaims(), factory.Core().V1().PersistentVolumes()
		work := func() error {
			wanted, err := claims.Lister().List(labels.Everything())
			if err != nil {
				return err
			}
			for _, claim := range wanted {
				if err := provide(client, folder, claim); err != nil {
					return err
				}
			}
			made, err := volumes.Lister().List(labels.Everything())
			if err != nil {
				return err
			}
			for _, volume := range made {
				if err := reclaim(client, volume); err != nil {
					return err
				}
			}
			return nil
		}
		return follow(factory, work, claims.Informer(), volumes.Informer())
	}}
	command.Flags().StringVar(&kubeconfig, "kubeconfig", "", "how to reach the API server")
	command.Flags().StringVar(&folder, "folder", "", "where the volumes are")
	return command
}

// Makes the volume of a claim as soon as the scheduler has chosen the node of its first pod.
func provide(client kubernetes.Interface, folder string, claim *core.PersistentVolumeClaim) error {
	node := claim.Annotations["volume.kubernetes.io/selected-node"]
	ours := claim.Annotations["volume.kubernetes.io/storage-provisioner"] == provisioner
	if !ours || node == "" || claim.Spec.VolumeName != "" || claim.DeletionTimestamp != nil {
		return nil
	}
	name := "pvc-" + string(claim.UID)
	path := filepath.Join(folder, name)
	if err := os.MkdirAll(path, 0o755); err != nil {
		return err
	}
	// Whoever runs in the pod may write, also without an fsGroup.
	if err := os.Chmod(path, 0o777); err != nil {
		return err
	}
	volume := &core.PersistentVolume{
		ObjectMeta: meta.ObjectMeta{Name: name, Annotations: map[string]string{"pv.kubernetes.io/provisioned-by": provisioner}},
		Spec: core.PersistentVolumeSpec{
			Capacity:                      core.ResourceList{"storage": claim.Spec.Resources.Requests["storage"]},
			AccessModes:                   claim.Spec.AccessModes,
			VolumeMode:                    claim.Spec.VolumeMode,
			StorageClassName:              *claim.Spec.StorageClassName,
			PersistentVolumeReclaimPolicy: core.PersistentVolumeReclaimDelete,
			PersistentVolumeSource:        core.PersistentVolumeSource{Local: &core.LocalVolumeSource{Path: path}},
			ClaimRef:                      &core.ObjectReference{APIVersion: "v1", Kind: "PersistentVolumeClaim", Namespace: claim.Namespace, Name: claim.Name, UID: claim.UID},
			NodeAffinity: &core.VolumeNodeAffinity{Required: &core.NodeSelector{NodeSelectorTerms: []core.NodeSelectorTerm{{
				MatchExpressions: []core.NodeSelectorRequirement{{Key: "kubernetes.io/hostname", Operator: "In", Values: []string{node}}},
			}}}},
		},
	}
	_, err := client.CoreV1().PersistentVolumes().Create(context.Background(), volume, meta.CreateOptions{})
	if errors.IsAlreadyExists(err) {
		return nil
	}
	return err
}

// Takes a volume away, with its data, when its claim is gone.
func reclaim(client kubernetes.Interface, volume *core.PersistentVolume) error {
	ours := volume.Annotations["pv.kubernetes.io/provisioned-by"] == provisioner
	if !ours || volume.Status.Phase != core.VolumeReleased || volume.DeletionTimestamp != nil {
		return nil
	}
	if err := os.RemoveAll(volume.Spec.Local.Path); err != nil {
		return err
	}
	return client.CoreV1().PersistentVolumes().Delete(context.Background(), volume.Name, meta.DeleteOptions{})
}
