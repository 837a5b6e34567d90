// Oracle answers what sops makes of a text, a JSON line for a JSON line, without starting a process for each.
//
// It is sops's own code (stores, tree, cipher, MAC) with a data key that is known beforehand. It is built
// against each version of sops that the tests know; stores*.go are what differs between them.
//
//	oracle DATA-KEY-IN-HEX AGE-RECIPIENT ENCRYPTED-DATA-KEY
package main

import (
	"bufio"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"reflect"
	"runtime/debug"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/getsops/sops/v3"
	"github.com/getsops/sops/v3/aes"
	"github.com/getsops/sops/v3/age"
	"github.com/getsops/sops/v3/cmd/sops/common"
	"github.com/getsops/sops/v3/cmd/sops/formats"
	"github.com/getsops/sops/v3/keys"
	"github.com/getsops/sops/v3/logging"
	"github.com/sirupsen/logrus"
)

type request struct {
	Verb   string // load, encrypt or decrypt
	Format string
	Data   []byte
	// Fields of sops.Metadata that say what is encrypted.
	Selector map[string]any
}

type answer struct {
	Error string `json:"error"`
	// The plaintext as sops writes it, or the encrypted text.
	Data []byte `json:"data"`
	// The values in the clear; see wire.
	Trees []any `json:"trees"`
	// Comments that did not open: sops says "possibly unencrypted" and goes on.
	Unopened int `json:"unopened"`
}

var (
	dataKey   []byte
	masterKey age.MasterKey
)

func main() {
	logging.SetLevel(logrus.PanicLevel)
	debug.SetMaxStack(64 << 20) // an alias within what it stands for ends sops by a stack overflow of 1 GB
	var err error
	if dataKey, err = hex.DecodeString(os.Args[1]); err != nil {
		panic(err)
	}
	masterKey = age.MasterKey{Recipient: os.Args[2], EncryptedKey: os.Args[3]}
	in, out := bufio.NewReader(os.Stdin), json.NewEncoder(os.Stdout)
	for {
		line, err := in.ReadBytes('\n')
		if err == io.EOF {
			return
		}
		var asked request
		if err := json.Unmarshal(line, &asked); err != nil {
			panic(err)
		}
		if err := out.Encode(answered(asked)); err != nil {
			panic(err)
		}
	}
}

func answered(asked request) (found answer) {
	defer func() {
		if caught := recover(); caught != nil {
			found = answer{Error: fmt.Sprint("panic: ", caught)}
		}
	}()
	store := newStore(formats.FormatFromString(asked.Format))
	var err error
	switch asked.Verb {
	case "load":
		err = load(store, asked, &found)
	case "encrypt":
		err = encrypt(store, asked, &found)
	case "decrypt":
		err = decrypt(store, asked, &found)
	default:
		err = errors.New("no such verb")
	}
	if err != nil {
		return answer{Error: "error: " + err.Error()}
	}
	return found
}

// As encrypt of cmd/sops/encrypt.go reads and checks a text.
func plain(store common.Store, data []byte) (sops.TreeBranches, error) {
	branches, err := store.LoadPlainFile(data)
	if err == nil && len(branches) < 1 {
		err = errors.New("empty file")
	}
	if err == nil && hasMetadata(store, branches[0]) {
		err = errors.New("already encrypted")
	}
	return branches, err
}

func load(store common.Store, asked request, found *answer) (err error) {
	branches, err := plain(store, asked.Data)
	if err != nil {
		return err
	}
	found.Trees = wires(branches)
	// The text is one more question: some trees cannot be written.
	found.Data, _ = store.EmitPlainFile(branches)
	return nil
}

func encrypt(store common.Store, asked request, found *answer) (err error) {
	branches, err := plain(store, asked.Data)
	if err != nil {
		return err
	}
	found.Trees = wires(branches)
	key := masterKey
	tree := sops.Tree{
		Branches: branches,
		Metadata: sops.Metadata{KeyGroups: []sops.KeyGroup{{keys.MasterKey(&key)}}, Version: "3.13.3"},
	}
	fields := reflect.ValueOf(&tree.Metadata).Elem()
	for name, value := range asked.Selector {
		field := fields.FieldByName(name)
		if !field.IsValid() {
			return errors.New("this version has no " + name)
		}
		field.Set(reflect.ValueOf(value))
	}
	err = common.EncryptTree(common.EncryptTreeOpts{Tree: &tree, Cipher: aes.NewCipher(), DataKey: dataKey})
	if err != nil {
		return err
	}
	found.Data, err = store.EmitEncryptedFile(tree)
	return err
}

func decrypt(store common.Store, asked request, found *answer) error {
	tree, err := store.LoadEncryptedFile(asked.Data)
	if err != nil {
		return err
	}
	tree.Metadata.DataKey = dataKey
	cipher := counting{aes.NewCipher(), &found.Unopened}
	if _, err = common.DecryptTree(common.DecryptTreeOpts{Tree: &tree, Cipher: cipher}); err != nil {
		return err
	}
	found.Trees = wires(tree.Branches)
	found.Data, err = store.EmitPlainFile(tree.Branches)
	return err
}

// A cipher that counts what it cannot open. A value that does not open ends the decryption, a comment does not.
type counting struct {
	sops.Cipher
	unopened *int
}

func (cipher counting) Decrypt(text string, key []byte, path string) (any, error) {
	value, err := cipher.Cipher.Decrypt(text, key, path)
	if err != nil {
		*cipher.unopened++
	}
	return value, err
}

func wires(branches sops.TreeBranches) []any {
	trees := []any{}
	for _, branch := range branches {
		trees = append(trees, wire(branch))
	}
	return trees
}

// wire is a value with its type, as JSON: a list of the type's name and the value as a text.
func wire(value any) any {
	switch value := value.(type) {
	case nil:
		return nil
	case string:
		return []any{"str", text(value)}
	case []byte:
		return []any{"bytes", text(string(value))}
	case int:
		return []any{"int", strconv.Itoa(value)}
	case bool:
		return []any{"bool", strconv.FormatBool(value)}
	case float64:
		if math.IsNaN(value) {
			return []any{"float", "nan"}
		}
		return []any{"float", fmt.Sprintf("%016x", math.Float64bits(value))}
	case time.Time:
		written, _ := value.MarshalText()
		return []any{"time", string(written)}
	case sops.Comment:
		return []any{"comment", text(value.Value), inline(value)}
	case []any:
		items := []any{"list"}
		for _, item := range value {
			items = append(items, wire(item))
		}
		return items
	case sops.TreeBranch:
		items := []any{"branch"}
		for _, item := range value {
			if comment, ok := item.Key.(sops.Comment); ok {
				items = append(items, wire(comment))
			} else {
				items = append(items, []any{"key", wire(item.Key), wire(item.Value)})
			}
		}
		return items
	}
	return []any{"unknown", fmt.Sprintf("%T", value)}
}

// text is the string itself, or its bytes in hex where it is no UTF-8.
func text(value string) any {
	if utf8.ValidString(value) {
		return value
	}
	return []any{"hex", hex.EncodeToString([]byte(value))}
}

// inline is whether a comment stands behind a value; before 3.13, sops did not say.
func inline(comment sops.Comment) bool {
	field := reflect.ValueOf(comment).FieldByName("Inline")
	return field.IsValid() && field.Bool()
}
