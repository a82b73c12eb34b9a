package main

import (
	"fmt"
	"os/exec"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	core "k8s.io/api/core/v1"
	net "k8s.io/api/networking/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/client-go/informers"
)

// Network policies of a cluster with one node, as one table of nftables (IPv4). All traffic between pods passes the
// node's `forward` hook, also on its bridge (bridge-nf-call-iptables); what the node itself sends to a pod does not, and
// is always allowed, as Kubernetes wants it for its probes.
func policiesCommand() *cobra.Command {
	var kubeconfig string
	command := &cobra.Command{Use: "policies", SilenceUsage: true, RunE: func(*cobra.Command, []string) error {
		client, err := connect(kubeconfig)
		if err != nil {
			return err
		}
		factory := informers.NewSharedInformerFactory(client, 0)
		policies, pods, namespaces := factory.Networking().V1().NetworkPolicies(), factory.Core().V1().Pods(), factory.Core().V1().Namespaces()
		loaded := ""
		work := func() error {
			var w world
			var err error
			if w.policies, err = policies.Lister().List(labels.Everything()); err != nil {
				return err
			}
			if w.pods, err = pods.Lister().List(labels.Everything()); err != nil {
				return err
			}
			if w.namespaces, err = namespaces.Lister().List(labels.Everything()); err != nil {
				return err
			}
			table := w.table()
			if table == loaded {
				return nil
			}
			nft := exec.Command("nft", "-f", "-")
			nft.Stdin = strings.NewReader(table)
			if output, err := nft.CombinedOutput(); err != nil {
				return fmt.Errorf("nft: %w: %s", err, output)
			}
			loaded = table
			return nil
		}
		return follow(factory, work, policies.Informer(), pods.Informer(), namespaces.Informer())
	}}
	command.Flags().StringVar(&kubeconfig, "kubeconfig", "", "how to reach the API server")
	return command
}

type world struct {
	policies   []*net.NetworkPolicy
	pods       []*core.Pod
	namespaces []*core.Namespace
}

// One side of one direction: which field of a packet names the other end.
type direction struct {
	name, own, peer string
	kind            net.PolicyType
}

var egress = direction{"out", "saddr", "daddr", net.PolicyTypeEgress}
var ingress = direction{"in", "daddr", "saddr", net.PolicyTypeIngress}

// The whole table as text. It is replaced in one step, so that no packet meets half of it.
func (w world) table() string {
	slices.SortFunc(w.pods, func(a, b *core.Pod) int { return strings.Compare(string(a.UID), string(b.UID)) })
	slices.SortFunc(w.policies, func(a, b *net.NetworkPolicy) int { return strings.Compare(string(a.UID), string(b.UID)) })
	var chains strings.Builder
	jumps := map[string][]string{}
	for _, pod := range w.pods {
		if !hasAddress(pod) {
			continue
		}
		for _, d := range []direction{egress, ingress} {
			rules, isolated := w.rules(pod, d)
			if !isolated {
				continue
			}
			chain := d.name + "-" + pod.Status.PodIP
			fmt.Fprintf(&chains, " chain %s {\n", chain)
			for _, rule := range rules {
				fmt.Fprintf(&chains, "  %s return\n", rule)
			}
			chains.WriteString("  meta l4proto tcp reject with tcp reset\n  reject\n }\n")
			jumps[d.name] = append(jumps[d.name], fmt.Sprintf("%s : jump %s", pod.Status.PodIP, chain))
		}
	}
	out, in := dispatch(egress, jumps), dispatch(ingress, jumps)
	established := "  ct state established,related accept\n"
	return "table ip streaming-policies\ndelete table ip streaming-policies\ntable ip streaming-policies {\n" + chains.String() +
		" chain forward {\n  type filter hook forward priority filter\n" + established + out + in + " }\n" +
		// To the node itself: its API server and its published ports.
		" chain input {\n  type filter hook input priority filter\n" + established + out + " }\n}\n"
}

func dispatch(d direction, jumps map[string][]string) string {
	if len(jumps[d.name]) == 0 {
		return ""
	}
	return fmt.Sprintf("  ip %s vmap { %s }\n", d.own, strings.Join(jumps[d.name], ", "))
}

// A pod that has ended keeps its address in its status, while another one may have it by now.
func hasAddress(pod *core.Pod) bool {
	ended := pod.Status.Phase == core.PodSucceeded || pod.Status.Phase == core.PodFailed
	return pod.Status.PodIP != "" && !pod.Spec.HostNetwork && !ended
}

// What a pod may do in one direction: every rule of every policy that selects it. Without such a policy, everything.
func (w world) rules(pod *core.Pod, d direction) (rules []string, isolated bool) {
	for _, policy := range w.policies {
		if policy.Namespace != pod.Namespace || !slices.Contains(policy.Spec.PolicyTypes, d.kind) || !selects(&policy.Spec.PodSelector, pod.Labels) {
			continue
		}
		isolated = true
		if d.kind == net.PolicyTypeEgress {
			for _, rule := range policy.Spec.Egress {
				rules = append(rules, w.matches(d, pod, policy.Namespace, rule.To, rule.Ports)...)
			}
		} else {
			for _, rule := range policy.Spec.Ingress {
				rules = append(rules, w.matches(d, pod, policy.Namespace, rule.From, rule.Ports)...)
			}
		}
	}
	return rules, isolated
}

// One line for each pair of a peer and a port; no peers or no ports mean all of them.
func (w world) matches(d direction, pod *core.Pod, namespace string, peers []net.NetworkPolicyPeer, ports []net.NetworkPolicyPort) (lines []string) {
	if len(peers) == 0 {
		lines = append(lines, portMatches("", ports, pod)...)
	}
	for _, peer := range peers {
		if peer.IPBlock != nil {
			match := fmt.Sprintf("ip %s %s", d.peer, peer.IPBlock.CIDR)
			if len(peer.IPBlock.Except) > 0 {
				match += fmt.Sprintf(" ip %s != { %s }", d.peer, strings.Join(peer.IPBlock.Except, ", "))
			}
			lines = append(lines, portMatches(match, ports, pod)...)
			continue
		}
		for _, other := range w.selected(namespace, peer) {
			// A port that is named is the one which the receiving pod calls so.
			receiver := pod
			if d.kind == net.PolicyTypeEgress {
				receiver = other
			}
			lines = append(lines, portMatches(fmt.Sprintf("ip %s %s", d.peer, other.Status.PodIP), ports, receiver)...)
		}
	}
	return lines
}

func (w world) selected(namespace string, peer net.NetworkPolicyPeer) (pods []*core.Pod) {
	for _, pod := range w.pods {
		if !hasAddress(pod) || (peer.PodSelector != nil && !selects(peer.PodSelector, pod.Labels)) {
			continue
		}
		if peer.NamespaceSelector == nil && pod.Namespace == namespace ||
			peer.NamespaceSelector != nil && selects(peer.NamespaceSelector, w.labelsOf(pod.Namespace)) {
			pods = append(pods, pod)
		}
	}
	return pods
}

func (w world) labelsOf(namespace string) map[string]string {
	for _, one := range w.namespaces {
		if one.Name == namespace {
			return one.Labels
		}
	}
	return nil
}

func portMatches(peer string, ports []net.NetworkPolicyPort, receiver *core.Pod) (lines []string) {
	if len(ports) == 0 {
		return []string{peer}
	}
	for _, port := range ports {
		protocol := core.ProtocolTCP
		if port.Protocol != nil {
			protocol = *port.Protocol
		}
		name := strings.ToLower(string(protocol))
		switch {
		case port.Port == nil:
			lines = append(lines, fmt.Sprintf("%s meta l4proto %s", peer, name))
		case port.Port.Type == intstr.Int && port.EndPort != nil:
			lines = append(lines, fmt.Sprintf("%s %s dport %d-%d", peer, name, port.Port.IntVal, *port.EndPort))
		case port.Port.Type == intstr.Int:
			lines = append(lines, fmt.Sprintf("%s %s dport %d", peer, name, port.Port.IntVal))
		default:
			for _, number := range named(receiver, port.Port.StrVal, protocol) {
				lines = append(lines, fmt.Sprintf("%s %s dport %d", peer, name, number))
			}
		}
	}
	return lines
}

func named(pod *core.Pod, name string, protocol core.Protocol) (numbers []int32) {
	for _, container := range slices.Concat(pod.Spec.InitContainers, pod.Spec.Containers) {
		for _, port := range container.Ports {
			if port.Name == name && (port.Protocol == protocol || port.Protocol == "") {
				numbers = append(numbers, port.ContainerPort)
			}
		}
	}
	return numbers
}

func selects(selector *meta.LabelSelector, have map[string]string) bool {
	compiled, err := meta.LabelSelectorAsSelector(selector)
	return err == nil && compiled.Matches(labels.Set(have))
}
