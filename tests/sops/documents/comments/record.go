// Records where sops has the comments of YAML texts; see README.md.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"

	"github.com/getsops/sops/v3"
	"github.com/getsops/sops/v3/config"
	"github.com/getsops/sops/v3/stores/yaml"
)

type record struct {
	Text   string `json:"text"`
	Path   []any  `json:"path"`
	Before int    `json:"before"`
	Inline bool   `json:"inline"`
}

func walk(value any, path []any, records *[]record) {
	add := func(comment sops.Comment, before int) {
		*records = append(*records, record{comment.Value, path, before, comment.Inline})
	}
	below := func(step any) []any {
		return append(append([]any{}, path...), step)
	}
	children := 0
	switch value := value.(type) {
	case sops.TreeBranch:
		for _, item := range value {
			if comment, ok := item.Key.(sops.Comment); ok {
				add(comment, children)
				continue
			}
			children++
			walk(item.Value, below(fmt.Sprint(item.Key)), records)
		}
	case []any:
		for _, item := range value {
			if comment, ok := item.(sops.Comment); ok {
				add(comment, children)
				continue
			}
			children++
			walk(item, below(children-1), records)
		}
	}
}

func main() {
	for _, name := range os.Args[1:] {
		text, err := os.ReadFile(name)
		if err != nil {
			panic(err)
		}
		store := yaml.NewStore(&config.YAMLStoreConfig{})
		branches, err := store.LoadPlainFile(text)
		if err != nil {
			panic(name + ": " + err.Error())
		}
		records := []record{}
		for number, branch := range branches {
			walk(branch, []any{number}, &records)
		}
		lines := []string{}
		for _, one := range records {
			line, err := json.Marshal(one)
			if err != nil {
				panic(err)
			}
			lines = append(lines, string(line))
		}
		out := "[\n" + strings.Join(lines, ",\n") + "\n]\n"
		if err := os.WriteFile(strings.TrimSuffix(name, ".yaml")+".json", []byte(out), 0o644); err != nil {
			panic(err)
		}
	}
}
