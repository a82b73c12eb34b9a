// Command pod-security reads Kubernetes objects as the API server does, and says of their pods what its Pod Security
// admission would say: the same types and the same code.
//
// Usage: pod-security LEVEL < objects.json
package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"

	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/pod-security-admission/api"
	"k8s.io/pod-security-admission/policy"
)

type finding struct {
	Object  string `json:"object"`
	Check   string `json:"check"`
	Message string `json:"message"`
}

func main() {
	if err := judge(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
}

func judge() error {
	if len(os.Args) != 2 {
		return fmt.Errorf("usage: pod-security baseline|restricted < objects.json")
	}
	level, err := api.ParseLevel(os.Args[1])
	if err != nil {
		return err
	}
	text, err := io.ReadAll(os.Stdin)
	if err != nil {
		return err
	}
	var objects []json.RawMessage
	if err := json.Unmarshal(text, &objects); err != nil {
		return err
	}
	scheme := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{
		appsv1.AddToScheme, batchv1.AddToScheme, corev1.AddToScheme, networkingv1.AddToScheme, policyv1.AddToScheme,
	} {
		if err := add(scheme); err != nil {
			return err
		}
	}
	// Strict: a field that the API does not have would be judged as if it were not there.
	decoder := serializer.NewCodecFactory(scheme, serializer.EnableStrict).UniversalDeserializer()
	evaluator, err := policy.NewEvaluator(policy.DefaultChecks(), nil)
	if err != nil {
		return err
	}
	findings := []finding{}
	for _, one := range objects {
		object, _, err := decoder.Decode(one, nil, nil)
		if err != nil {
			return fmt.Errorf("%w in %s", err, one)
		}
		name := object.(metav1.Object).GetName()
		template := templateOf(object)
		if template == nil {
			continue
		}
		for _, result := range evaluator.EvaluatePod(api.LevelVersion{Level: level, Version: api.LatestVersion()}, &template.ObjectMeta, &template.Spec) {
			if !result.Allowed {
				findings = append(findings, finding{name, result.ForbiddenReason, result.ForbiddenDetail})
			}
		}
	}
	return json.NewEncoder(os.Stdout).Encode(findings)
}

func templateOf(object runtime.Object) *corev1.PodTemplateSpec {
	switch o := object.(type) {
	case *appsv1.Deployment:
		return &o.Spec.Template
	case *appsv1.StatefulSet:
		return &o.Spec.Template
	case *batchv1.Job:
		return &o.Spec.Template
	}
	return nil
}
