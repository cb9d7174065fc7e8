package simulator

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"
)

// hitView is a hit as a look-up over HTTP shows it.
type hitView struct {
	ID     string          `json:"id"`
	Effect string          `json:"effect"`
	Fence  int64           `json:"fence"`
	At     time.Time       `json:"at"`
	Body   json.RawMessage `json:"body"`
}

// Handler is a provider over HTTP. Where the provider gives no answer, the caller's
// connection is dropped.
//
//	POST /effects            X-Effect, X-Fence, Idempotency-Key; the body is the payload
//	GET /effects?effect=ID   what a look-up lists
func Handler(p *Provider) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /effects", func(w http.ResponseWriter, r *http.Request) {
		request, err := providerRequest(w, r)
		if tooLarge, ok := errors.AsType[*http.MaxBytesError](err); ok {
			refuseRequest(w, http.StatusRequestEntityTooLarge, tooLarge)
			return
		}
		if err != nil {
			refuseRequest(w, http.StatusBadRequest, err)
			return
		}
		reply, err := p.Send(r.Context(), request)
		if err != nil {
			drop(w)
			return
		}
		answerJSON(w, reply.Status, reply.Body)
	})
	mux.HandleFunc("GET /effects", func(w http.ResponseWriter, r *http.Request) {
		effect := r.URL.Query().Get("effect")
		if effect == "" {
			refuseRequest(w, http.StatusBadRequest, errors.New("which effect? want ?effect=ID"))
			return
		}
		hits, err := p.Find(r.Context(), effect)
		if err != nil {
			refuseRequest(w, http.StatusInternalServerError, err)
			return
		}
		views := []hitView{}
		for _, h := range hits {
			views = append(views, hitView{h.ID, h.Effect, h.Fence, h.At.UTC(), h.Body})
		}
		body, err := json.Marshal(views)
		if err != nil {
			refuseRequest(w, http.StatusInternalServerError, err)
			return
		}
		answerJSON(w, http.StatusOK, body)
	})
	return mux
}

// providerRequest reads a request whole: a part of one is none.
func providerRequest(w http.ResponseWriter, r *http.Request) (Request, error) {
	body, err := readBody(w, r)
	if err != nil {
		return Request{}, err
	}
	out := Request{Effect: r.Header.Get("X-Effect"), Key: r.Header.Get("Idempotency-Key"), Body: body}
	if out.Effect == "" {
		return Request{}, errors.New("X-Effect is missing: it says which effect this is")
	}
	if fence := r.Header.Get("X-Fence"); fence != "" {
		if out.Fence, err = strconv.ParseInt(fence, 10, 64); err != nil {
			return Request{}, fmt.Errorf("X-Fence: %.40q is not a number", fence)
		}
	}
	return out, nil
}

// refuseRequest answers what never gets to the provider.
func refuseRequest(w http.ResponseWriter, status int, why error) {
	body, _ := json.Marshal(map[string]string{"error": why.Error()}) // text always can be
	answerJSON(w, status, body)
}

func answerJSON(w http.ResponseWriter, status int, body []byte) {
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	_, _ = w.Write(body) // a caller that left needs no answer
}
