//go:build sops_3_8

package main

import (
	"github.com/getsops/sops/v3"
	"github.com/getsops/sops/v3/cmd/sops/common"
	"github.com/getsops/sops/v3/cmd/sops/formats"
)

func newStore(format formats.Format) common.Store {
	return common.StoreForFormat(format)
}

func hasMetadata(_ common.Store, branch sops.TreeBranch) bool {
	for _, item := range branch {
		if item.Key == "sops" {
			return true
		}
	}
	return false
}
