package main

import (
	"context"
	"log"
	"time"

	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/tools/clientcmd"
)

// Changes that come together are worked on once.
const settle = 50 * time.Millisecond

func connect(kubeconfig string) (kubernetes.Interface, error) {
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		return nil, err
	}
	config.QPS, config.Burst = 100, 100
	return kubernetes.NewForConfig(config)
}

// Calls work when anything of the given kinds has changed, and after a second again when it has failed.
func follow(factory informers.SharedInformerFactory, work func() error, kinds ...cache.SharedIndexInformer) error {
	changed := make(chan struct{}, 1)
	change := func() {
		select {
		case changed <- struct{}{}:
		default:
		}
	}
	for _, kind := range kinds {
		if _, err := kind.AddEventHandler(cache.ResourceEventHandlerFuncs{
			AddFunc:    func(any) { change() },
			UpdateFunc: func(any, any) { change() },
			DeleteFunc: func(any) { change() },
		}); err != nil {
			return err
		}
	}
	factory.StartWithContext(context.Background())
	factory.WaitForCacheSyncWithContext(context.Background())
	for change(); ; <-changed {
		time.Sleep(settle)
		if err := work(); err != nil {
			log.Print(err)
			time.AfterFunc(time.Second, change)
		}
	}
}
