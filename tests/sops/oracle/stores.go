//go:build !sops_3_8

package main

import (
	"github.com/getsops/sops/v3"
	"github.com/getsops/sops/v3/cmd/sops/common"
	"github.com/getsops/sops/v3/cmd/sops/formats"
	"github.com/getsops/sops/v3/config"
)

func newStore(format formats.Format) common.Store {
	return common.StoreForFormat(format, config.NewStoresConfig())
}

func hasMetadata(store common.Store, branch sops.TreeBranch) bool {
	return store.HasSopsTopLevelKey(branch)
}
